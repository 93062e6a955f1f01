"""What people change in Canvas without Rollbook."""

from __future__ import annotations

import pytest

from sandbox.vendors.serving import serving


def test_the_audit_lists_each_real_change_with_its_grader(room):
    column, user = room.column(), room.students[0]
    room.grade(column, {user: "8"})
    room.grade(column, {user: "8"})
    room.sandbox.teacher_sets(room.course, column["id"], user, 9.5)
    room.sandbox.teacher_sets(room.course, column["id"], user)
    room.sandbox.teacher_sets(room.course, column["id"], user, excused=True)
    room.sandbox.remove_column(room.course, column["id"])
    audit = room.sandbox.canvas_audit()
    assert [one["what"] for one in audit] == ["created", *["graded"] * 4, "deleted"]
    assert {(one["course"], one["assignment"]) for one in audit} == {(room.course, column["id"])}
    assert [(one["user"], one["before"], one["after"]) for one in room.graded()] == [
        (user, None, 8.0),
        (user, 8.0, 9.5),
        (user, 9.5, None),
        (user, None, None),
    ]
    (teacher,) = {one["grader"] for one in room.graded()[1:]}
    teachers = room.here("GET", "users?enrollment_type[]=teacher").json()
    assert teacher in {one["id"] for one in teachers}
    assert room.graded()[0]["grader"] == room.ask("GET", "users/self").json()["id"] != teacher


def test_a_teachers_grade_has_the_teacher_as_grader(room):
    column, (first, second) = room.column(), room.students[:2]
    room.sandbox.teacher_sets(room.course, column["id"], first, 9.5)
    room.sandbox.teacher_sets(room.course, column["id"], second, excused=True)
    found = room.read(column)
    assert (found[first]["score"], found[first]["grade"], found[first]["workflow_state"]) == (9.5, "9.5", "graded")
    assert found[first]["grader_id"] == room.sandbox.scores(room.course)[column["id"]][first]["grader_id"] != 1
    assert found[second]["excused"] is True


def test_a_teacher_can_rename_and_delete_an_assignment(room):
    column = room.column()
    room.sandbox.teacher_edits(room.course, column["id"], name="Mine", points_possible=20)
    found = room.here("GET", f"assignments/{column['id']}").json()
    assert (found["name"], found["points_possible"]) == ("Mine", 20)
    room.sandbox.remove_column(room.course, column["id"])
    assert room.here("GET", f"assignments/{column['id']}").status_code == 404
    (listed,) = room.sandbox.columns(room.course)
    assert (listed["name"], listed["deleted"]) == ("Mine", True)


def test_courses_and_students_can_be_named_by_sis_ids(room, small):
    sis = room.here("GET").json()["sis_course_id"]
    student = small.account.world.students["student_id"][room.students[0] - 10_000_000]
    room.sandbox.seat(f"sis_course_id:{sis}", f"sis_user_id:{student}", "inactive")
    (row,) = room.here("GET", "enrollments?state[]=inactive").json()
    assert row["user_id"] == room.students[0]


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda sandbox: sandbox.seat(7, 10_000_000, "active"), "no course '7'"),
        (lambda sandbox: sandbox.seat(1000, "sis_user_id:x", "active"), "no user 'sis_user_id:x'"),
        (lambda sandbox: sandbox.seat(1000, 10_000_000, "asleep"), "state"),
        (lambda sandbox: sandbox.teacher_sets(1000, 7, 10_000_000, 1), "no assignment '7'"),
        (lambda sandbox: sandbox.canvas_audit("shelbyville"), "no district 'shelbyville'"),
    ],
)
def test_controls_refuse_unknown_records_by_name(room, ask, message):
    with pytest.raises(ValueError, match=message):
        ask(room.sandbox)


def test_a_teacher_can_not_edit_an_unknown_field(room):
    column = room.column()
    with pytest.raises(ValueError, match="a column has no 'marks'; known: due_at"):
        room.sandbox.teacher_edits(room.course, column["id"], marks={})


def test_reset_removes_grades_and_enrollment_states_and_clear_does_not(room):
    column = room.column()
    room.grade(column, {room.students[0]: "8"})
    room.sandbox.seat(room.course, room.students[1], "inactive")
    room.sandbox.clear()
    assert room.scores(column) == {room.students[0]: 8.0}
    room.sandbox.reset()
    assert room.here("GET", "assignments").json() == []
    assert room.here("GET", "enrollments?state[]=inactive").json() == []
    assert room.sandbox.canvas_audit() == []


def test_writes_are_listed_with_their_methods(room):
    column = room.column()
    room.read(column)
    room.here("DELETE", f"assignments/{column['id']}")
    path = f"/api/v1/courses/{room.course}/assignments"
    assert room.sandbox.writes("canvas") == [("POST", path), ("DELETE", f"{path}/{column['id']}")]
    assert room.sandbox.writes("clever") == []
    assert len(room.sandbox.requests("canvas")) == 3


def test_districts_have_separate_gradebooks():
    with serving(students=40, districts=("north", "south")) as sandbox:
        user = "10000000"
        sandbox.seat(1000, user, "inactive", district="south")
        assert sandbox.accounts["south"].grades.seats
        assert not sandbox.accounts["north"].grades.seats
