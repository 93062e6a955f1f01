"""Enrollment states in lists."""

from __future__ import annotations

import pytest

from sandbox.vendors.canvas import shapes

STATES = ["active", "invited", "inactive", "completed", "deleted", "rejected"]


def listed(room, path):
    rows = room.here("GET", f"{path}&per_page=100").json()
    return {one.get("user_id", one["id"]) for one in rows}


@pytest.mark.parametrize("state", STATES)
def test_an_enrollment_is_listed_only_under_its_state(room, state):
    user = room.students[0]
    room.sandbox.seat(room.course, user, state)
    for other in STATES:
        found = listed(room, f"enrollments?type[]=StudentEnrollment&state[]={other}")
        assert (user in found) is (other == state)
        assert (user in listed(room, f"users?enrollment_state[]={other}")) is (other == state)
    (row,) = room.ask("GET", f"users/{user}/enrollments?state[]={state}&per_page=100").json()[:1]
    assert shapes.Enrollment.model_validate(row).enrollment_state in STATES


def test_lists_without_a_state_show_active_and_invited_people(room):
    for user, state in zip(room.students, STATES, strict=False):
        room.sandbox.seat(room.course, user, state)
    hidden = set(room.students[2:6])
    assert listed(room, "enrollments?type[]=StudentEnrollment") == set(room.students) - hidden
    assert listed(room, "users?enrollment_type[]=student") == set(room.students) - hidden
    room.sandbox.behave(canvas_administrator=True)
    assert room.students[2] in listed(room, "enrollments?type[]=StudentEnrollment")
    assert room.students[2] not in listed(room, "users?enrollment_type[]=student")


def test_an_enrollment_state_applies_to_one_course(room):
    user = room.students[0]
    room.sandbox.seat(room.course, user, "inactive")
    rows = room.ask("GET", f"users/{user}/enrollments?state[]=active&state[]=inactive&per_page=100").json()
    assert len(rows) > 1
    assert {one["course_id"] for one in rows if one["enrollment_state"] == "inactive"} == {room.course}


def test_a_token_limited_to_sections_does_not_see_other_sections(room):
    (section, *_) = [one["id"] for one in room.here("GET", "sections").json()]
    room.sandbox.behave(canvas_limited_sections=[section + 1])
    assert listed(room, "enrollments?") == set()
    room.sandbox.behave(canvas_limited_sections=[section])
    assert listed(room, "enrollments?") >= set(room.students)
