"""Reading grades back."""

from __future__ import annotations

from sandbox.vendors.canvas import shapes


def follow(room, path):
    rows, reply = [], room.here("GET", path)
    while True:
        rows += reply.json()
        if "next" not in reply.links:
            return rows
        reply = room.ask("GET", reply.links["next"]["url"])


def test_every_student_has_a_submission_to_every_assignment(room):
    column, other = room.column(), room.column()
    room.grade(column, {room.students[0]: "8", room.students[1]: {"excuse": True}})
    rows = follow(room, f"students/submissions?student_ids[]=all&assignment_ids[]={column['id']}&per_page=3")
    assert [one["user_id"] for one in rows] == room.students
    for one in rows:
        shapes.Submission.model_validate(one)
    assert [one["excused"] for one in rows[:3]] == [False, True, None]
    assert follow(room, f"assignments/{column['id']}/submissions?per_page=4") == rows
    everything = follow(room, "students/submissions?student_ids[]=all&per_page=100")
    assert {one["assignment_id"] for one in everything} == {column["id"], other["id"]}
    assert len({one["id"] for one in everything}) == 2 * len(room.students)


def test_a_single_submission_can_be_read(room):
    column, user = room.column(), room.students[0]
    room.grade(column, {user: "8"})
    assert room.here("GET", f"assignments/{column['id']}/submissions/{user}").json() == room.read(column)[user]
    assert room.here("GET", f"assignments/{column['id']}/submissions/6").status_code == 404


def test_submissions_can_be_read_only_for_visible_students(room):
    column, (first, second) = room.column(), room.students[:2]
    path = f"students/submissions?assignment_ids[]={column['id']}&student_ids[]={first}&student_ids[]={second}"
    assert [one["user_id"] for one in room.here("GET", path).json()] == [first, second]
    assert room.here("GET", f"{path}&student_ids[]=6").status_code == 403
    assert room.here("GET", "students/submissions").json() == []


def test_submissions_of_unpublished_assignments_are_left_out(room):
    room.column(published=False)
    assert room.here("GET", "students/submissions?student_ids[]=all").json() == []


def test_submissions_of_completed_students_are_listed_and_of_deleted_are_not(room):
    column, (done, left, *_) = room.column(), room.students
    room.grade(column, {done: "8", left: "9"})
    room.sandbox.seat(room.course, done, "completed")
    room.sandbox.seat(room.course, left, "deleted")
    assert room.scores(column) == {done: 8.0}
    room.sandbox.seat(room.course, left, "active")
    assert room.scores(column) == {done: 8.0, left: 9.0}


def test_a_page_of_submissions_is_not_cached_across_a_grade(room):
    column, user = room.column(), room.students[0]
    assert room.scores(column) == {}
    room.grade(column, {user: "8"})
    assert room.scores(column) == {user: 8.0}
    room.sandbox.teacher_sets(room.course, column["id"], user, 3)
    assert room.scores(column) == {user: 3.0}


def test_a_submission_names_its_grading_period(room):
    room.sandbox.behave(canvas_grading_periods=[{"ends": "2026-12-20"}, {"ends": "2027-05-28"}])
    dated, undated = room.column(due_at="2026-10-01T12:00:00Z"), room.column()
    user = room.students[0]
    assert [room.read(one)[user]["grading_period_id"] for one in (dated, undated)] == [1, 2]
