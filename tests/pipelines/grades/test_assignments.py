"""A Canvas assignment is found again by its number or our reference, never by its name, and created once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from pipelines.canvas.assignments import Assignment
from pipelines.grades.assignments import Wanted, mark_of, match_assignments
from tests.school import School

OURS = UUID(int=1)
SENT = {"assignment_number": 7, "sent_title": "Quiz 1", "sent_points": Decimal(10)}


def wanted(**facts: Any) -> dict[str, Any]:
    known = {"column_id": OURS, "title": "Quiz 1", "points": Decimal(10), "assignment_number": None}
    return known | {"sent_title": None, "sent_points": None} | facts


def column(number: int, **facts: Any) -> Assignment:
    known: dict[str, Any] = {"title": "Quiz 1", "points": Decimal(10), "marks": frozenset(), "obstacle": None}
    return Assignment(number, **(known | facts))


def matched(row: dict[str, Any], *there: Assignment) -> Wanted:
    (found,) = match_assignments([row], there)
    return found


def test_an_assignment_is_not_matched_by_its_name() -> None:
    assert matched(wanted(), column(7)).action == "create"


def test_an_assignment_is_matched_by_our_reference() -> None:
    marked = column(8, title="renamed", marks=frozenset({f"<p>Reference: {mark_of(OURS)}</p>"}))
    found = matched(wanted(), column(7), marked)
    assert (found.action, found.number) == ("adopt", 8)
    another = column(9, marks=frozenset({mark_of(UUID(int=2))}))
    assert matched(wanted(), another).action == "create"


@pytest.mark.parametrize(
    ("here", "there", "action"),
    [
        ({}, {}, "keep"),
        ({}, {"title": "an instructor's"}, "keep"),
        ({"title": "Quiz one"}, {}, "rename"),
        ({"points": Decimal(12)}, {}, "rename"),
        ({"title": "Quiz one"}, {"title": "Quiz one"}, "keep"),
        ({"title": "Quiz one"}, {"title": "an instructor's"}, "rename"),
    ],
)
def test_an_assignment_is_renamed_only_if_the_activity_was_renamed(
    here: dict[str, Any], there: dict[str, Any], action: str
) -> None:
    assert matched(wanted(**SENT | here), column(7, **there)).action == action


def test_an_assignment_whose_number_is_gone_counts_as_deleted_although_a_copy_has_its_reference() -> None:
    copied = column(8, marks=frozenset({mark_of(OURS)}))
    found = matched(wanted(**SENT), copied)
    assert (found.action, found.reason, found.number) == ("refuse", "COLUMN_DELETED", None)


def test_an_assignment_that_takes_no_scores_has_the_reason() -> None:
    assert matched(wanted(**SENT), column(7, obstacle="MODERATED")).reason == "MODERATED"


def test_an_unlinked_assignment_gets_manual_posting_at_the_next_export(here: School) -> None:
    here.settle(post="manual")
    here.score("quiz-1", {0: 8})
    here.sandbox.fault("401", server="canvas", path="/graphql")
    told = here.export()
    assert told.status == "failed"
    assert here.in_canvas("quiz-1") == {}
    here.sandbox.clear()
    assert here.export().status == "applied"
    assert here.in_canvas("quiz-1") == {0: 8.0}
    assert here.column("quiz-1")["post_manually"]


def test_no_score_is_sent_while_canvas_refuses_manual_posting(here: School) -> None:
    here.settle(post="manual")
    here.score("quiz-1", {0: 8})
    here.sandbox.fault("403", server="canvas", path="/graphql")
    here.export()
    assert here.in_canvas("quiz-1") == {}
    assert here.states("quiz-1")[0] == ("ERROR", "COLUMN_REFUSED")
    here.export()
    assert here.in_canvas("quiz-1") == {0: 8.0}
    assert here.column("quiz-1")["post_manually"]


def test_a_refused_assignment_has_a_reason_and_does_not_stop_the_others(here: School) -> None:
    here.score("quiz-1", {0: 8}, due_at="2026-12-01T05:00:00Z")
    here.score("quiz-2", {0: 9}, due_at="2027-03-01T05:00:00Z")
    periods = [{"ends": "2026-12-20", "closed": True}, {"ends": "2027-05-28"}]
    here.sandbox.behave(canvas_grading_periods=periods)
    here.export()
    assert here.states("quiz-1")[0] == ("ERROR", "COLUMN_REFUSED")
    assert here.in_canvas("quiz-2") == {0: 9.0}
