"""A gradebook's lines, judged without the roster: every line counts once, and contradicting lines are rejected."""

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
    rows = judged.quarantine.to_pylist()
    return {(row["file"], row["line"]): row["code"] for row in rows}


def test_an_activity_defaults_to_an_unselected_assignment_without_a_due_date() -> None:
    result = checked([activity()], [score()])
    assert result.activities.to_pylist() == [
        {"at": 0, "source_id": "A1", "class_source_id": "C1", "kind": "assignment", "title": "Quiz 1"}
        | {"points": "10", "due_at": None, "selected": False}
    ]
    assert result.scores.to_pylist() == [
        {"at": 1, "activity_source_id": "A1", "student_source_id": "S1", "points": "8", "excused": False}
        | {"is_named": True}
    ]


def test_a_due_day_ends_in_the_districts_time_zone() -> None:
    result = checked([activity(due="2026-09-04", selected="x", kind="Quizzes")], [], timezone="America/Chicago")
    (row,) = result.activities.to_pylist()
    assert (row["due_at"], row["selected"], row["kind"]) == ("2026-09-04T23:59:59-05:00", True, "quiz")


def test_equal_numbers_in_different_spellings_are_no_contradiction() -> None:
    result = checked([activity()], [score(points=" 8"), score(points="+8.0"), score(points="008.00")])
    assert result.scores.column("points").to_pylist() == ["8", "8", "8"]
    assert conclude(result, ()).counts["quarantined"] == 0


def test_a_duplicate_of_an_unreadable_line_is_quarantined() -> None:
    result = checked([activity()], [score(), score(points="EX"), score(student_id="S2")])
    assert refused(conclude(result, ())) == {("s.csv", 2): "CONFLICTING_DUPLICATE", ("s.csv", 3): "INVALID_POINTS"}
    assert result.scores.column("student_source_id").to_pylist() == ["S2"]


def test_a_blank_contradicts_a_score_and_excused_contradicts_a_blank() -> None:
    for other in (score(points=""), score(points="", excused="yes")):
        judged = conclude(checked([activity()], [score(), other]), ())
        assert set(refused(judged).values()) == {"CONFLICTING_DUPLICATE"}
    judged = conclude(checked([activity()], [score(points=""), score(points="", excused="yes")]), ())
    assert judged.counts["quarantined"] == 2


def test_files_with_the_same_name_are_separated_by_their_kind() -> None:
    result = check((table([activity()], "e.csv"),), (table([score(points="A")], "e.csv"),), district())
    judged = conclude(result, ())
    assert refused(judged) == {("e.csv", 2): "INVALID_POINTS"}
    assert [(found.file, found.column, found.lines) for found in judged.findings] == [("e.csv", "points", (2,))]


def test_a_table_may_have_several_files_or_none() -> None:
    two = tuple(table([activity(activity_id=name)], f"{name}.csv") for name in ("A1", "A2"))
    result = check(two, (), district())
    assert result.activities.column("source_id").to_pylist() == ["A1", "A2"]
    assert check((), (), district()).lines.count == 0
    result = check((), (table([score()], "s.csv"),), district())
    assert result.scores.column("is_named").to_pylist() == [False]


def test_the_quarantine_stores_lines_unchanged_and_the_readers_problems_come_first() -> None:
    ragged = Problem(3, None, "RAGGED_LINE", {"activity_id": "A1", "points": "7"})
    rows = table([score(points="85%")], "s.csv")
    judged = conclude(check((), (Table("s.csv", rows.rows, (ragged,), 2, {}),), district()), ())
    assert refused(judged) == {("s.csv", 2): "INVALID_POINTS", ("s.csv", 3): "RAGGED_LINE"}
    assert [json.loads(row) for row in judged.quarantine.column("row").to_pylist()] == [
        score(points="85%"),
        {"activity_id": "A1", "points": "7"},
    ]


def test_rejections_of_storing_quarantine_lines_and_warnings_do_not() -> None:
    result = checked([activity()], [score(), score(student_id="S2")])
    judged = conclude(
        result,
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
def test_every_line_is_accepted_or_quarantined_and_accepted_lines_never_contradict(
    activities: list[Row], scores: list[Row]
) -> None:
    result = checked(activities, scores)
    judged = conclude(result, ())
    assert judged.counts["received"] == len(activities) + len(scores)
    assert judged.quarantine.num_rows == judged.counts["quarantined"]
    assert result.activities.num_rows + result.scores.num_rows == judged.counts["accepted"]
    scores_by_key: dict[tuple[str, str], set[tuple[str | None, bool]]] = {}
    for row in result.scores.to_pylist():
        key = (row["activity_source_id"], row["student_source_id"])
        scores_by_key.setdefault(key, set()).add((row["points"], row["excused"]))
        assert row["points"] is None or (Decimal(row["points"]).is_finite() and not row["excused"])
    assert all(len(different) == 1 for different in scores_by_key.values())
    stored = result.activities.to_pylist()
    assert len({row["source_id"] for row in stored}) == len(
        {(row["source_id"], row["class_source_id"]) for row in stored}
    )
