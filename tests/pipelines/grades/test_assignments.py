"""A column is found again by its number or by our mark, never by its name, and made once."""

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


def test_a_column_of_the_same_name_is_somebody_elses() -> None:
    assert matched(wanted(), column(7)).action == "create"


def test_a_column_that_bears_our_mark_is_ours() -> None:
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
def test_a_column_is_renamed_when_it_was_renamed_here(here: dict[str, Any], there: dict[str, Any], action: str) -> None:
    assert matched(wanted(**SENT | here), column(7, **there)).action == action


def test_a_column_whose_number_is_gone_was_deleted_even_if_another_bears_its_mark() -> None:
    copied = column(8, marks=frozenset({mark_of(OURS)}))
    found = matched(wanted(**SENT), copied)
    assert (found.action, found.reason, found.number) == ("refuse", "COLUMN_DELETED", None)


def test_a_column_that_takes_no_scores_says_why() -> None:
    assert matched(wanted(**SENT), column(7, obstacle="MODERATED")).reason == "MODERATED"


def test_a_column_that_was_made_and_never_linked_is_posted_by_hand_where_settings_say_so(here: School) -> None:
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


def test_no_score_goes_to_a_column_whose_posting_canvas_does_not_leave_to_the_instructor(here: School) -> None:
    here.settle(post="manual")
    here.score("quiz-1", {0: 8})
    here.sandbox.fault("403", server="canvas", path="/graphql")
    here.export()
    assert here.in_canvas("quiz-1") == {}
    assert here.states("quiz-1")[0] == ("ERROR", "COLUMN_REFUSED")
    here.export()
    assert here.in_canvas("quiz-1") == {0: 8.0}
    assert here.column("quiz-1")["post_manually"]


def test_a_column_that_canvas_refuses_is_told_and_hinders_no_other(here: School) -> None:
    here.score("quiz-1", {0: 8}, due_at="2026-12-01T05:00:00Z")
    here.score("quiz-2", {0: 9}, due_at="2027-03-01T05:00:00Z")
    periods = [{"ends": "2026-12-20", "closed": True}, {"ends": "2027-05-28"}]
    here.sandbox.behave(canvas_grading_periods=periods)
    here.export()
    assert here.states("quiz-1")[0] == ("ERROR", "COLUMN_REFUSED")
    assert here.in_canvas("quiz-2") == {0: 9.0}
