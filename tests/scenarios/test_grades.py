"""Exports of grades: what an instructor finds in Canvas in the morning."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.school import School, school
from tests.town import Town

FINE = ("SYNCED", "CONFIRMED")


@pytest.fixture
def here(synced: Town) -> Iterator[School]:
    """Return a class with a Canvas course, and no activity yet."""
    with school(synced) as there:
        yield there


def test_selected_scores_are_sent_to_canvas_and_confirmed(here: School) -> None:
    here.score("quiz-1", {0: 8, 1: 8.5, 2: 0, 3: None})
    here.score("quiz-2", {0: 9}, selected=False)
    run = here.export()
    assert (run.status, run.error) == ("applied", None)
    assert here.in_canvas("quiz-1") == {0: 8.0, 1: 8.5, 2: 0.0}
    rest = dict.fromkeys(range(3, len(here.students)), ("NOT_SYNCED", "NO_SCORE"))
    assert here.states("quiz-1") == {0: FINE, 1: FINE, 2: FINE} | rest
    assert [one["name"] for one in here.sandbox.columns(here.course)] == ["quiz-1"]


def test_a_second_export_of_the_same_scores_writes_nothing(here: School) -> None:
    here.score("quiz-1", {0: 8, 1: 8.5, 2: "excused", 3: None})
    here.export()
    here.sandbox.clear()
    compared = ("gradebook.ledger", "gradebook.states", "gradebook.assignment_links", "gradebook.student_links")
    before = here.town.dump("gradebook")
    assert here.export().status == "unchanged"
    assert here.sandbox.writes("canvas") == []
    after = here.town.dump("gradebook")
    assert [after[name] for name in compared] == [before[name] for name in compared]


def test_an_export_that_only_plans_lists_old_and_new_scores_and_sends_nothing(here: School) -> None:
    here.score("quiz-1", {0: 8})
    here.export()
    here.score("quiz-1", {0: 9, 1: 5})
    here.sandbox.clear()
    before = here.town.dump("gradebook")["gradebook.states"]
    run = here.export(plan_only=True)
    assert run.status == "planned"
    assert here.sandbox.writes("canvas") == []
    assert here.town.dump("gradebook")["gradebook.states"] == before
    changes = here.town.ask("select old, new from gradebook.changes where run_id = %s order by new", run.run_id)
    assert changes == [(None, 5), (8, 9)]


def test_a_renamed_activity_keeps_its_canvas_assignment_and_scores(here: School) -> None:
    here.score("quiz-1", {0: 8}, title="Week 1")
    here.export()
    number = here.column("Week 1")["id"]
    here.score("quiz-1", {0: 8}, title="Week one", points=12)
    assert here.export().status == "applied"
    column = here.column("Week one")
    assert (column["id"], column["points_possible"]) == (number, 12)
    assert len(here.sandbox.columns(here.course)) == 1
    assert here.in_canvas("Week one") == {0: 8.0}


def test_an_assignment_renamed_in_canvas_keeps_its_name_and_the_report_says_so(here: School) -> None:
    here.score("quiz-1", {0: 8}, title="Week 1")
    here.export()
    here.sandbox.teacher_edits(here.course, here.column("Week 1")["id"], name="My own name")
    here.score("quiz-1", {0: 9}, title="Week 1")
    run = here.export()
    assert here.in_canvas("My own name") == {0: 9.0}
    assert "have another name in Canvas" in page(here, run.run_id)


def test_an_assignment_deleted_in_canvas_is_recreated_only_on_request(here: School) -> None:
    from pipelines.grades import decisions

    here.score("quiz-1", {0: 8, 1: None})
    here.export()
    here.sandbox.remove_column(here.course, here.column("quiz-1")["id"])
    here.sandbox.clear()
    here.export()
    assert here.sandbox.writes("canvas") == []
    states = here.states("quiz-1")
    assert (states[0], states[1]) == (("ERROR", "COLUMN_DELETED"), ("NOT_SYNCED", "NO_SCORE"))
    assert decisions.recreate("springfield", "quiz-1", "an instructor") == 1
    here.export()
    assert here.in_canvas("quiz-1") == {0: 8.0}
    assert here.states("quiz-1")[0] == FINE


def test_a_student_who_can_not_be_graded_has_a_state_and_blocks_no_other_student(here: School) -> None:
    here.score("quiz-1", dict.fromkeys(range(5), 7))
    here.export()
    for student, state in {0: "deleted", 1: "completed", 2: "inactive"}.items():
        here.sandbox.seat(here.course, here.number(student), state)
    here.sandbox.teacher_sets(here.course, here.column("quiz-1")["id"], here.number(3), excused=True)
    here.score("quiz-1", dict.fromkeys(range(5), 9))
    assert here.export().status == "applied"
    assert {n: here.states("quiz-1")[n] for n in range(5)} == {
        0: ("NOT_FOUND", "DROPPED"),
        1: ("ERROR", "CONCLUDED"),
        2: FINE,
        3: ("NOT_SYNCED", "EXCUSED_IN_CANVAS"),
        4: FINE,
    }
    assert here.in_canvas("quiz-1") == {0: 7.0, 1: 7.0, 2: 9.0, 4: 9.0}


def test_a_student_who_is_not_in_the_course_has_the_state_not_found(here: School) -> None:
    here.sandbox.seat(here.course, here.number(0), "deleted")
    here.score("quiz-1", {0: 7, 1: 8})
    here.export()
    assert here.states("quiz-1")[0] == ("NOT_FOUND", "NOT_IN_CANVAS")
    assert here.in_canvas("quiz-1") == {1: 8.0}


def test_an_excuse_is_sent_to_canvas_and_never_withdrawn(here: School) -> None:
    here.score("quiz-1", {0: "excused", 1: 5})
    here.export()
    assert here.states("quiz-1")[0] == ("SYNCED", "EXCUSED")
    here.score("quiz-1", {0: 6})
    here.export()
    assert here.states("quiz-1")[0] == ("NOT_SYNCED", "EXCUSED_IN_CANVAS")
    assert here.in_canvas("quiz-1") == {1: 5.0}


def test_a_removed_score_stays_in_canvas(here: School) -> None:
    here.score("quiz-1", {0: 8})
    here.export()
    here.score("quiz-1", {0: None})
    assert here.export().status == "unchanged"
    assert here.in_canvas("quiz-1") == {0: 8.0}
    assert here.states("quiz-1")[0] == ("NOT_SYNCED", "NO_SCORE")


@pytest.mark.parametrize(
    ("policy", "left", "state"),
    [
        ("overwrite", 8.0, FINE),
        ("skip", 3.0, ("NOT_SYNCED", "CHANGED_IN_CANVAS")),
        ("hold", 3.0, ("NOT_SYNCED", "HELD")),
    ],
)
def test_a_score_changed_in_canvas_is_overwritten_skipped_or_held_as_set(
    here: School, policy: str, left: float, state: tuple[str, str]
) -> None:
    here.settle(changed_in_canvas=policy)
    here.score("quiz-1", {0: 8, 1: 8})
    here.export()
    here.sandbox.teacher_sets(here.course, here.column("quiz-1")["id"], here.number(0), 3)
    run = here.export()
    assert here.in_canvas("quiz-1") == {0: left, 1: 8.0}
    assert here.states("quiz-1")[0] == state
    if policy == "overwrite":
        assert "changed in Canvas and were overwritten" in page(here, run.run_id)
        sent = "select old, new from gradebook.ledger where act = 'send' and run_id = %s"
        assert here.town.ask(sent, run.run_id) == [(3, 8)]


def test_a_held_score_is_sent_after_approval_unless_it_changed_again(here: School) -> None:
    from pipelines import runs
    from pipelines.grades import decisions
    from pipelines.operations import notifications

    here.settle(changed_in_canvas="hold")
    here.score("quiz-1", {0: 8, 1: 8})
    assert notifications.overwrites(runs.load(here.export().run_id)) is None
    column = here.column("quiz-1")["id"]
    for student in (0, 1):
        here.sandbox.teacher_sets(here.course, column, here.number(student), 3)
    run = here.export()
    night = runs.load(run.run_id)
    notification = notifications.overwrites(night, "http://airflow.example/grades")
    assert notification
    assert notification.subject.startswith("2 scores changed in Canvas need approval, export of grades for ")
    assert f"Owner: instructor. Next: list the scores: rollbook grades show --run {night.run_id}" in notification.body
    assert decisions.approve(night, "an instructor") == 2
    here.sandbox.teacher_sets(here.course, column, here.number(1), 4)
    here.export()
    assert here.in_canvas("quiz-1") == {0: 8.0, 1: 4.0}
    assert (here.states("quiz-1")[0], here.states("quiz-1")[1]) == (FINE, ("NOT_SYNCED", "HELD"))


def test_zeros_for_blanks_do_not_overwrite_a_score_in_canvas(here: School) -> None:
    here.settle(blanks="zero")
    here.score("quiz-1", {0: 8})
    here.export()
    scores = here.in_canvas("quiz-1")
    assert scores == {0: 8.0} | dict.fromkeys(range(1, len(here.students)), 0.0)
    here.sandbox.teacher_sets(here.course, here.column("quiz-1")["id"], here.number(1), 5)
    here.export()
    assert here.in_canvas("quiz-1")[1] == 5.0


def test_one_total_per_kind_adds_the_existing_scores(here: School) -> None:
    here.settle(columns="total_per_kind")
    here.score("poll-1", {0: 1, 1: 0.5}, kind="poll", points=1)
    here.score("poll-2", {0: 1, 2: "excused"}, kind="poll", points=1)
    here.score("quiz-1", {0: 7})
    here.export()
    assert here.in_canvas("Polls, total") == {0: 2.0, 1: 0.5}
    assert here.column("Polls, total")["points_possible"] == 2
    assert here.in_canvas("Quizzes, total") == {0: 7.0}
    here.score("poll-3", {1: 1}, kind="poll", points=1)
    here.export()
    assert here.in_canvas("Polls, total") == {0: 2.0, 1: 1.5}
    assert len(here.sandbox.columns(here.course)) == 2


def page(here: School, run_id: int) -> str:
    """Return the run's report."""
    folder = here.town.folder / "reports" / here.town.district_id / f"run-{run_id}"
    return (folder / "report.md").read_text(encoding="utf-8")
