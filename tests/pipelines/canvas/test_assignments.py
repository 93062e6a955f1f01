"""A Canvas assignment is created with the right fields, found again, and changed only where it should be."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from pipelines.canvas.access import open_api
from pipelines.canvas.assignments import (
    Assignment,
    NewAssignment,
    change_column,
    create_assignment,
    post_manually,
    read_assignments,
    read_group,
)
from pipelines.errors import SourceUnavailable
from tests.at_canvas import CONNECTION, HURRY, AtCanvas


def make(course: int, **facts: Any) -> Assignment | None:
    known: dict[str, Any] = {"title": "Quiz 1", "points": Decimal("7.5"), "due_at": None, "mark": "rollbook-1"}
    with open_api(CONNECTION, HURRY) as api:
        group = facts.pop("group", None) or read_group(api, course, "Rollbook")
        return create_assignment(api, course, NewAssignment(**(known | facts), group=group))


def columns(course: int) -> list[Assignment]:
    with open_api(CONNECTION, HURRY) as api:
        return read_assignments(api, course)


@pytest.mark.parametrize("sis", [True, False], ids=["may manage SIS ids", "may not"])
def test_a_created_assignment_is_read_back_with_its_reference(there: AtCanvas, sis: bool) -> None:
    there.sandbox.behave(canvas_manage_sis=sis)
    course = there.courses()[0]
    made = make(course, due_at="2026-12-01T05:00:00+00:00")
    assert made is not None
    assert columns(course) == [made]
    assert (made.title, made.points, made.obstacle) == ("Quiz 1", Decimal("7.5"), None)
    assert any("rollbook-1" in text for text in made.marks)
    (there_now,) = there.sandbox.columns(course)
    assert there_now["published"]
    assert there_now["submission_types"] == ["none"]
    assert there_now["due_at"].startswith("2026-12-01T05:00:00")
    assert (there_now["integration_id"] == "rollbook-1") is sis


def test_an_assignment_group_is_created_once_and_contains_the_assignments(there: AtCanvas) -> None:
    course = there.courses()[0]
    with open_api(CONNECTION, HURRY) as api:
        groups = {read_group(api, course, "Rollbook") for _ in range(2)}
    assert len(groups) == 1
    make(course)
    (column,) = there.sandbox.columns(course)
    assert {column["group"]} <= groups | {"Rollbook"}


def test_a_change_of_an_assignment_keeps_its_due_date(there: AtCanvas) -> None:
    course = there.courses()[0]
    made = make(course)
    assert made is not None
    there.sandbox.teacher_edits(course, made.number, due_at="2026-12-24T05:00:00Z")
    with open_api(CONNECTION, HURRY) as api:
        assert change_column(api, course, made.number, "Quiz one", Decimal(12))
    (column,) = there.sandbox.columns(course)
    assert (column["name"], column["points_possible"]) == ("Quiz one", 12)
    assert column["due_at"].startswith("2026-12-24")


@pytest.mark.parametrize(
    ("edited", "obstacle"),
    [
        ({"published": False}, "UNPUBLISHED"),
        ({"grading_type": "pass_fail"}, "GRADING_TYPE"),
        ({"grading_type": "percent"}, None),
        ({"moderated_grading": True}, "MODERATED"),
    ],
)
def test_an_assignment_that_takes_no_scores_has_the_reason(
    there: AtCanvas, edited: dict[str, Any], obstacle: str | None
) -> None:
    course = there.courses()[0]
    made = make(course)
    assert made is not None
    there.sandbox.teacher_edits(course, made.number, **edited)
    assert [one.obstacle for one in columns(course)] == [obstacle]


def test_no_assignment_is_created_or_changed_in_a_closed_grading_period(there: AtCanvas) -> None:
    course = there.courses()[0]
    make(course)
    there.sandbox.behave(canvas_grading_periods=[{"ends": "2026-12-20", "closed": True}])
    assert [one.obstacle for one in columns(course)] == ["CLOSED_GRADING_PERIOD"]
    assert make(course, mark="rollbook-2") is None
    with open_api(CONNECTION, HURRY) as api:
        assert not change_column(api, course, columns(course)[0].number, "another", Decimal(1))


def test_an_assignments_grades_can_be_set_to_manual_posting(there: AtCanvas) -> None:
    course = there.courses()[0]
    made = make(course)
    assert made is not None
    with open_api(CONNECTION, HURRY) as api:
        assert post_manually(api, made.number)
        assert not post_manually(api, 999_999)
    assert there.sandbox.columns(course)[0]["post_manually"]


def test_an_unanswered_creation_is_not_repeated(there: AtCanvas) -> None:
    course = there.courses()[0]
    make(course)
    there.sandbox.fault("504", server="canvas", method="POST", path="/assignments", performed=1, times=None)
    with pytest.raises(SourceUnavailable):
        make(course, mark="rollbook-2")
    assert len(there.sandbox.columns(course)) == 2
