"""A gradebook's lines judged without the roster: every line counts once, and its doubles decide with it."""

from __future__ import annotations

import json
from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipelines.sources.assertions import Rejection
from pipelines.sources.tables import Problem, Table
from pipelines.validate.gradebook import Checked, check, conclude
from pipelines.validate.result import Validated
from tests.delivery import Row, district, table


def activity(**changes: str) -> Row:
    return {"activity_id": "A1", "class_id": "C1", "title": "Quiz 1", "points": "10"} | changes


def score(**changes: str) -> Row:
    return {"activity_id": "A1", "student_id": "S1", "points": "8", "excused": ""} | changes


def checked(activities: list[Row], scores: list[Row], **settings: str) -> Checked:
    tables = [(table(rows, name),) if rows else () for rows, name in ((activities, "a.csv"), (scores, "s.csv"))]
    return check(tables[0], tables[1], district(**settings))


def refused(judged: Validated) -> dict[tuple[str, int], str]:
    kept = judged.quarantine.to_pylist()
    return {(row["file"], row["line"]): row["code"] for row in kept}


def test_what_a_file_leaves_out_is_an_assignment_without_a_date_that_nobody_selected() -> None:
    kept = checked([activity()], [score()])
    assert kept.activities.to_pylist() == [
        {"at": 0, "source_id": "A1", "class_source_id": "C1", "kind": "assignment", "title": "Quiz 1"}
        | {"points": "10", "due_at": None, "selected": False}
    ]
    assert kept.scores.to_pylist() == [
        {"at": 1, "activity_source_id": "A1", "student_source_id": "S1", "points": "8", "excused": False}
        | {"is_named": True}
    ]


def test_a_day_ends_in_the_districts_time_zone() -> None:
    kept = checked([activity(due="2026-09-04", selected="x", kind="Quizzes")], [], timezone="America/Chicago")
    (row,) = kept.activities.to_pylist()
    assert (row["due_at"], row["selected"], row["kind"]) == ("2026-09-04T23:59:59-05:00", True, "quiz")


def test_the_same_number_written_in_another_way_is_no_contradiction() -> None:
    kept = checked([activity()], [score(points=" 8"), score(points="+8.0"), score(points="008.00")])
    assert kept.scores.column("points").to_pylist() == ["8", "8", "8"]
    assert conclude(kept, ()).counts["quarantined"] == 0


def test_a_double_of_a_line_that_cannot_be_read_is_in_doubt_too() -> None:
    kept = checked([activity()], [score(), score(points="EX"), score(student_id="S2")])
    assert refused(conclude(kept, ())) == {("s.csv", 2): "CONFLICTING_DUPLICATE", ("s.csv", 3): "INVALID_POINTS"}
    assert kept.scores.column("student_source_id").to_pylist() == ["S2"]


def test_an_empty_cell_contradicts_a_score_and_an_excuse_contradicts_a_blank() -> None:
    for other in (score(points=""), score(points="", excused="yes")):
        judged = conclude(checked([activity()], [score(), other]), ())
        assert set(refused(judged).values()) == {"CONFLICTING_DUPLICATE"}
    judged = conclude(checked([activity()], [score(points=""), score(points="", excused="yes")]), ())
    assert judged.counts["quarantined"] == 2


def test_files_of_one_name_are_told_apart_by_what_they_are() -> None:
    kept = check((table([activity()], "e.csv"),), (table([score(points="A")], "e.csv"),), district())
    judged = conclude(kept, ())
    assert refused(judged) == {("e.csv", 2): "INVALID_POINTS"}
    assert [(found.file, found.column, found.lines) for found in judged.findings] == [("e.csv", "points", (2,))]


def test_a_table_may_come_in_several_files_or_not_at_all() -> None:
    two = tuple(table([activity(activity_id=name)], f"{name}.csv") for name in ("A1", "A2"))
    kept = check(two, (), district())
    assert kept.activities.column("source_id").to_pylist() == ["A1", "A2"]
    assert check((), (), district()).lines.count == 0
    kept = check((), (table([score()], "s.csv"),), district())
    assert kept.scores.column("is_named").to_pylist() == [False]


def test_the_quarantine_keeps_a_line_as_it_was_and_what_the_reader_found_comes_first() -> None:
    ragged = Problem(3, None, "RAGGED_LINE", {"activity_id": "A1", "points": "7"})
    rows = table([score(points="85%")], "s.csv")
    judged = conclude(check((), (Table("s.csv", rows.rows, (ragged,), 2, {}),), district()), ())
    assert refused(judged) == {("s.csv", 2): "INVALID_POINTS", ("s.csv", 3): "RAGGED_LINE"}
    assert [json.loads(row) for row in judged.quarantine.column("row").to_pylist()] == [
        score(points="85%"),
        {"activity_id": "A1", "points": "7"},
    ]


def test_what_storing_finds_is_part_of_the_verdict_and_a_warning_keeps_its_line() -> None:
    kept = checked([activity()], [score(), score(student_id="S2")])
    judged = conclude(
        kept,
        [
            Rejection("UNKNOWN_STUDENT", "student_id", np.array([1])),
            Rejection("STUDENT_NOT_ENROLLED", "student_id", np.array([2])),
        ],
    )
    assert judged.counts == {"received": 3, "accepted": 2, "quarantined": 1}
    assert {found.code: found.severity for found in judged.findings} == {
        "UNKNOWN_STUDENT": "error",
        "STUDENT_NOT_ENROLLED": "warning",
    }
    assert judged.facts["quarantined"] == 1


_CELLS = st.sampled_from(["", "0", "1", "8.50", "8.5", "EX", "1,5", "x", "yes", "A1", "A2", "\u200b", "9" * 300])


@given(
    st.lists(st.builds(activity, activity_id=_CELLS, points=_CELLS, class_id=_CELLS, selected=_CELLS), max_size=6),
    st.lists(st.builds(score, activity_id=_CELLS, student_id=_CELLS, points=_CELLS, excused=_CELLS), max_size=8),
)
def test_every_line_is_accepted_or_quarantined_and_no_key_says_two_things(
    activities: list[Row], scores: list[Row]
) -> None:
    kept = checked(activities, scores)
    judged = conclude(kept, ())
    assert judged.counts["received"] == len(activities) + len(scores)
    assert judged.quarantine.num_rows == judged.counts["quarantined"]
    assert kept.activities.num_rows + kept.scores.num_rows == judged.counts["accepted"]
    said: dict[tuple[str, str], set[tuple[str | None, bool]]] = {}
    for row in kept.scores.to_pylist():
        key = (row["activity_source_id"], row["student_source_id"])
        said.setdefault(key, set()).add((row["points"], row["excused"]))
        assert row["points"] is None or (Decimal(row["points"]).is_finite() and not row["excused"])
    assert all(len(different) == 1 for different in said.values())
    named = kept.activities.to_pylist()
    assert len({row["source_id"] for row in named}) == len(
        {(row["source_id"], row["class_source_id"]) for row in named}
    )
