"""Failures between Rollbook and Canvas: no assignment is created twice, and every score arrives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from pipelines import gradebook, runs
from pipelines.grades import select
from pipelines.runs.request import ExportRequest
from pipelines.settings import load_district
from tests import killing
from tests.school import School, school
from tests.town import FIRST, Town

pytestmark = pytest.mark.slow

FINE = ("SYNCED", "CONFIRMED")


@pytest.fixture
def here(synced: Town) -> Iterator[School]:
    """Return a class with a Canvas course, and no activity yet."""
    with school(synced) as there:
        yield there


def all_of(here: School) -> dict[int, float]:
    """Return a different score for each student."""
    return {place: place + 0.25 for place in range(len(here.students))}


def written(here: School) -> Counter[int]:
    """Return how often Canvas wrote each student's score."""
    return Counter(one["user"] for one in here.sandbox.canvas_audit() if one["what"] == "graded")


def assert_right(here: School, title: str = "quiz-1") -> None:
    assert here.in_canvas(title) == all_of(here)
    assert {*here.states(title).values()} == {FINE}
    assert len([one for one in here.sandbox.columns(here.course) if one["name"] == title]) == 1
    assert {*written(here).values()} == {1}
    sends = "select count(distinct user_id) from gradebook.ledger where act = 'send'"
    assert here.town.one(sends) == len(here.students)


@pytest.mark.parametrize("broken", [(1,), (3,), (3, 2, 1)], ids=["at once", "in the midst", "three times"])
def test_an_interrupted_bulk_update_is_completed_without_sending_a_score_twice(
    here: School, broken: tuple[int, ...]
) -> None:
    here.score("quiz-1", all_of(here))
    for students in broken:
        here.sandbox.fault("job_dies", path="/update_grades", students=students)
    assert here.export().status == "applied"
    assert_right(here)


def test_a_student_whose_score_canvas_refuses_has_an_error_and_the_others_are_graded(here: School) -> None:
    here.score("quiz-1", all_of(here))
    here.sandbox.fault("job_dies", path="/update_grades", times=None, students=0)
    here.sandbox.fault("400", server="canvas", method="PUT", path=f"/submissions/{here.number(2)}", times=None)
    here.export()
    assert here.states("quiz-1") == dict.fromkeys(all_of(here), FINE) | {2: ("ERROR", "REFUSED")}


@pytest.mark.parametrize("lost", ["504", "truncated"])
def test_an_assignment_whose_creation_got_no_answer_is_not_created_twice(here: School, lost: str) -> None:
    here.score("quiz-1", all_of(here))
    here.sandbox.fault(lost, server="canvas", method="POST", path=f"/{here.course}/assignments", performed=1)
    assert here.export().status == "applied"
    assert_right(here)


def test_an_assignment_that_was_not_created_is_created_by_a_retry(here: School) -> None:
    here.score("quiz-1", all_of(here))
    here.sandbox.fault("502", server="canvas", method="POST", path=f"/{here.course}/assignments")
    assert here.export().status == "applied"
    assert_right(here)


def test_a_bulk_update_that_never_ends_fails_after_the_time_limit(
    here: School,
) -> None:
    here.settle(progress_seconds=0.5)
    here.score("quiz-1", all_of(here))
    here.sandbox.fault("job_stuck", path="/update_grades")
    run = here.export()
    assert (run.status, run.code) == ("failed", "COURSES_FAILED")
    assert {*here.states("quiz-1").values()} == {("ERROR", "COURSE_FAILED")}
    here.sandbox.reset()


def test_passing_throttles_and_failures_of_canvas_are_retried(here: School) -> None:
    here.score("quiz-1", all_of(here))
    here.sandbox.fault("403", server="canvas", method="POST", path="/update_grades", throttled=1, remaining=300)
    here.sandbox.fault("429", server="canvas", path="/submissions?", remaining=300)
    here.sandbox.fault("html_500", server="canvas", path="/progress/")
    assert here.export().status == "applied"
    assert_right(here)


def test_a_failing_course_does_not_affect_other_courses(here: School) -> None:
    here.score("quiz-1", all_of(here))
    other = next(row for row in here.world.classes.itertuples() if 1000 + row.course != here.course)
    here.score("quiz-2", {}, class_id=other.class_id)
    here.sandbox.fault("404", server="canvas", path=f"/courses/{1000 + other.course}/users", times=None)
    run = here.export()
    assert (run.status, run.code) == ("failed", "COURSES_FAILED")
    assert here.in_canvas("quiz-1") == all_of(here)
    courses = here.town.ask("select course_number, status, code from gradebook.exports order by status")
    assert courses == [(1000 + other.course, "failed", "SOURCE_UNAVAILABLE"), (here.course, "verified", None)]


def test_undoing_an_export_restores_only_scores_that_nobody_has_changed_since(here: School) -> None:
    here.score("quiz-1", {0: 5})
    here.export()
    here.score("quiz-1", {0: 8, 1: 8, 2: 8})
    wrong = here.export()
    here.sandbox.teacher_sets(here.course, here.column("quiz-1")["id"], here.number(2), 9)
    undone = here.undo(wrong.run_id)
    assert undone.status == "applied"
    assert here.in_canvas("quiz-1") == {0: 5.0, 2: 9.0}
    assert {n: here.states("quiz-1")[n] for n in (0, 1, 2)} == {
        0: ("NOT_SYNCED", "UNDONE"),
        1: ("NOT_SYNCED", "UNDONE"),
        2: FINE,
    }
    here.sandbox.clear()
    here.settle(changed_in_canvas="skip")
    here.export()  # the same scores are not sent again
    assert here.in_canvas("quiz-1") == {0: 5.0, 2: 9.0}
    here.score("quiz-1", {0: 6, 1: 7})
    here.export()  # other scores are sent
    assert here.in_canvas("quiz-1") == {0: 6.0, 1: 7.0, 2: 9.0}


def test_two_students_with_one_email_both_have_the_error_multiple_accounts(here: School) -> None:
    one, other = here.students[0], here.students[1]
    address = "select email from roster.users where identifier = %s"
    email = here.town.one(address, one)
    with here.sandbox_without_ids():
        here.town.ask("update roster.users set email = %s, origin = 'local' where identifier = %s", email, other)
        here.score("quiz-1", {0: 5, 1: 6, 2: 7})
        here.export()
    states = here.states("quiz-1")
    assert (states[0], states[1], states[2]) == (("ERROR", "MULTIPLE_ACCOUNTS"), ("ERROR", "MULTIPLE_ACCOUNTS"), FINE)
    assert here.in_canvas("quiz-1") == {2: 7.0}


def test_a_class_of_a_past_term_is_not_exported_unless_it_was_unarchived(here: School) -> None:
    from pipelines.grades import decisions

    later = date(2027, 8, 1)
    here.score("quiz-1", {0: 5})
    here.export()
    here.score("quiz-1", {0: 6})
    here.sandbox.clear()
    here.export(later)
    assert here.sandbox.requests("canvas") == []
    assert here.town.ask("select reason from gradebook.refused_classes") == [("ENDED",)]
    decisions.unarchive("springfield", here.class_id, "an instructor")
    for _ in range(2):  # the class stays unarchived
        here.export(later)
        assert here.in_canvas("quiz-1") == {0: 6.0}
        assert here.town.one("select count(*) from gradebook.refused_classes") == 1


def test_an_export_of_an_unknown_class_or_activity_is_stopped(here: School) -> None:
    here.score("quiz-1", {0: 5})
    for asked in ({"classes": ("no-such-class",)}, {"activities": ("quiz-1", "quiz-l")}):
        stopped = here.export(**asked)
        assert (stopped.status, stopped.code) == ("stopped", "SETTINGS_INVALID")
        assert "are unknown" in str(stopped.error)
    assert here.export(classes=(here.class_id,), activities=("quiz-1",)).status == "applied"


def test_a_class_without_a_canvas_course_causes_no_request_to_canvas(here: School) -> None:
    here.settle(course_map={"another": "1000"})
    here.score("quiz-1", {0: 5})
    run = here.export()
    assert run.status == "unchanged"
    assert here.sandbox.requests("canvas") == []
    assert here.town.ask("select reason from gradebook.refused_classes") == [("NOT_INTEGRATED",)]


def test_a_class_whose_roster_was_never_synced_is_refused_without_a_request_to_canvas(here: School) -> None:
    here.town.ask("update roster.classes set run_id = null")
    here.score("quiz-1", {0: 5})
    here.export()
    assert here.sandbox.requests("canvas") == []
    assert here.town.ask("select reason from gradebook.refused_classes") == [("NO_ROSTER",)]
    (listed,) = select.listed(load_district("springfield"), None)
    assert (listed["activity"], listed["open"]) == ("quiz-1", "NO_ROSTER")


def test_two_concurrent_exports_create_one_assignment_and_send_each_score_once(here: School) -> None:
    here.score("quiz-1", all_of(here))
    here.sandbox.behave(canvas_job_seconds=0.3)
    with ThreadPoolExecutor(2) as pool:
        ended = [future.result() for future in [pool.submit(here.export) for _ in range(2)]]
    assert {one.status for one in ended} <= {"applied", "unchanged", "stopped"}
    assert here.export().status == "unchanged"
    assert_right(here)


def test_a_refused_token_changes_nothing_in_canvas(here: School) -> None:
    here.score("quiz-1", all_of(here))
    here.export()
    here.score("quiz-1", {0: 9})
    before = here.town.dump("gradebook")["gradebook.assignment_links"]
    here.sandbox.fault("401", server="canvas", times=None)
    run = here.export()
    assert (run.status, run.code) == ("failed", "COURSES_FAILED")
    assert here.town.ask("select distinct code from gradebook.exports where status = 'failed'") == [
        ("CREDENTIALS_REFUSED",)
    ]
    assert here.in_canvas("quiz-1") == all_of(here)
    assert (here.states("quiz-1")[0], here.states("quiz-1")[1]) == (("ERROR", "COURSE_FAILED"), FINE)
    assert here.town.dump("gradebook")["gradebook.assignment_links"] == before
    here.sandbox.clear()
    assert here.export().status == "applied"
    assert here.in_canvas("quiz-1")[0] == 9.0


def test_an_export_killed_at_any_moment_creates_no_second_assignment_and_loses_no_score(here: School) -> None:
    request = ExportRequest(district_id="springfield", as_of=FIRST)
    here.score("quiz-1", all_of(here))
    moments = killing.perform("export", gradebook.start(request))
    assert moments is not None
    assert_right(here)
    for moment in range(1, moments + 1, 3):
        title = f"quiz-after-{moment}"
        here.score(title, all_of(here))
        before = written(here)
        run_id = gradebook.start(request)
        assert killing.perform("export", run_id, die_before=moment) is None
        assert here.export().status in {"applied", "unchanged"}
        assert here.in_canvas(title) == all_of(here), moment
        assert {*here.states(title).values()} == {FINE}, moment
        assert len([one for one in here.sandbox.columns(here.course) if one["name"] == title]) == 1, moment
        assert {*(written(here) - before).values()} == {1}, moment
        assert runs.load(run_id).status in {"stopped", "applied"}, moment
