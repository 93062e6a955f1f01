from __future__ import annotations

import pytest

from sandbox.vendors.behaviour import Behaviour
from sandbox.vendors.canvas import periods

AUTUMN, SPRING = "2026-10-01T12:00:00Z", "2027-03-01T12:00:00Z"


def closed(first, second=False):
    return [{"ends": "2026-12-20", "closed": first}, {"ends": "2027-05-28", "closed": second}]


@pytest.mark.parametrize(("due_at", "number"), [(AUTUMN, 1), (SPRING, 2), (None, 2), ("2028-01-01T00:00:00Z", None)])
def test_a_date_belongs_to_its_period_and_no_date_to_the_last_period(due_at, number):
    assert periods.number(Behaviour().but(canvas_grading_periods=closed(True)), due_at) == number
    assert periods.number(Behaviour(), due_at) is None


def test_an_assignment_can_not_be_created_in_a_closed_period(room):
    room.sandbox.behave(canvas_grading_periods=closed(True, False))
    for due_at, status in ((AUTUMN, 403), (SPRING, 201), (None, 201)):
        assert (
            room.here("POST", "assignments", json={"assignment": {"name": "Q", "due_at": due_at}}).status_code == status
        )
    room.sandbox.behave(canvas_grading_periods=closed(False, True))
    reply = room.here("POST", "assignments", json={"assignment": {"name": "Q"}})
    assert (reply.status_code, list(reply.json()["errors"])) == (403, ["due_at"])


def test_of_an_assignment_in_a_closed_period_only_the_description_can_change(room):
    column = room.column(due_at=AUTUMN)
    path = f"assignments/{column['id']}"
    room.sandbox.behave(canvas_grading_periods=closed(True))
    assert room.here("GET", path).json()["in_closed_grading_period"]
    renamed = room.here("PUT", path, json={"assignment": {"name": "Exam"}})
    assert (renamed.status_code, list(renamed.json()["errors"])) == (400, ["name"])
    assert room.here("PUT", path, json={"assignment": {"due_at": SPRING}}).status_code == 403
    assert room.here("PUT", path, json={"assignment": {"description": "late"}}).status_code == 200
    assert room.here("DELETE", path).status_code == 403


def test_an_assignment_can_not_be_moved_into_a_closed_period(room):
    column = room.column(due_at=SPRING)
    room.sandbox.behave(canvas_grading_periods=closed(True))
    path = f"assignments/{column['id']}"
    assert room.here("PUT", path, json={"assignment": {"due_at": AUTUMN}}).status_code == 403


@pytest.mark.parametrize("due_at", [AUTUMN, None])
def test_a_bulk_update_in_a_closed_period_fails_before_any_write(room, due_at):
    column = room.column(due_at=due_at)
    room.sandbox.behave(canvas_grading_periods=closed(True, True))
    progress = room.grade(column, dict.fromkeys(room.students, "8"))
    assert (progress["workflow_state"], progress["completion"]) == ("failed", None)
    assert progress["message"].startswith("Unexpected error, ID: ")
    assert room.scores(column) == {}


def test_an_unchanged_grade_is_accepted_in_a_closed_period(room):
    column = room.column(due_at=AUTUMN)
    room.grade(column, {room.students[0]: "8"})
    room.sandbox.behave(canvas_grading_periods=closed(True))
    assert room.grade(column, {room.students[0]: "8.0"})["workflow_state"] == "completed"


def test_grading_one_student_in_a_closed_period_has_a_clear_error(room):
    column, user = room.column(due_at=AUTUMN), room.students[0]
    room.sandbox.behave(canvas_grading_periods=closed(True))
    path = f"assignments/{column['id']}/submissions/{user}"
    reply = room.here("PUT", path, json={"submission": {"posted_grade": "8"}})
    assert reply.status_code == 400
    assert "closed grading period" in reply.json()["error"]


def test_an_administrator_can_grade_in_closed_periods(room):
    column = room.column(due_at=AUTUMN)
    room.sandbox.behave(canvas_grading_periods=closed(True, True), canvas_administrator=True)
    assert room.grade(column, {room.students[0]: "8"})["workflow_state"] == "completed"
    assert room.column(due_at=AUTUMN)["in_closed_grading_period"]
