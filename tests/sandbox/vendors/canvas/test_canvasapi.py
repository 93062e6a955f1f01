"""The client library canvasapi understands the sandbox's answers."""

from __future__ import annotations

import pytest
from canvasapi import Canvas
from canvasapi.exceptions import BadRequest, Forbidden, ResourceDoesNotExist

pytestmark = pytest.mark.filterwarnings("ignore:Canvas may respond unexpectedly:UserWarning")  # it wants https


@pytest.fixture
def course(room):
    return Canvas(room.sandbox.addresses["canvas"], room.sandbox.first.canvas_token).get_course(room.course)


@pytest.fixture
def column(course):
    wanted = {"name": "Quiz", "points_possible": 10, "published": True, "submission_types": ["none"]}
    return course.create_assignment(wanted)


def test_canvasapi_finds_courses_sections_and_people(room):
    canvas = Canvas(room.sandbox.addresses["canvas"], room.sandbox.first.canvas_token)
    courses = list(canvas.get_courses(per_page=5))
    assert len({one.id for one in courses}) == len(courses) > 5
    assert canvas.get_course(courses[0].sis_course_id, use_sis_id=True).id == courses[0].id
    found = canvas.get_course(room.course).get_users(enrollment_type=["student"], per_page=2)
    assert [one.id for one in found] == room.students
    assert canvas.get_current_user().id == 1
    states = {one.enrollment_state for one in canvas.get_course(room.course).get_enrollments(state=["active"])}
    assert states == {"active"}


def test_canvasapi_creates_edits_and_deletes_assignments(course, column):
    assert (column.name, column.points_possible, column.published) == ("Quiz", 10.0, True)
    column.edit(assignment={"name": "Exam"})
    assert [one.name for one in course.get_assignments(search_term="exam")] == ["Exam"]
    assert course.get_assignment(column.id).name == "Exam"
    assert [one.name for one in course.get_assignment_groups()] == ["Assignments"]
    column.delete()
    with pytest.raises(ResourceDoesNotExist):
        course.get_assignment(column.id)


def test_canvasapi_grades_in_bulk_and_reads_back(room, course, column):
    first, second, third = room.students[:3]
    job = column.submissions_bulk_update(grade_data={first: {"posted_grade": "8.5"}, second: {"excuse": True}})
    assert (job.workflow_state, job.query().workflow_state, job.query().completion) == ("queued", "completed", 100)
    job = course.submissions_bulk_update(grade_data={column.id: {third: {"posted_grade": "70%"}}})
    assert job.query().workflow_state == "completed"
    read = course.get_multiple_submissions(student_ids="all", assignment_ids=[column.id], per_page=3)
    found = {one.user_id: (one.score, one.excused) for one in read}
    assert len(found) == len(room.students)
    assert [found[user] for user in (first, second, third)] == [(8.5, False), (None, True), (7.0, False)]
    assert {one.user_id for one in column.get_submissions()} == set(room.students)


def test_canvasapi_grades_one_student(room, column):
    submission = column.get_submission(room.students[0])
    submission.edit(submission={"posted_grade": "9"})
    assert column.get_submission(room.students[0]).score == 9.0
    with pytest.raises(BadRequest, match="simultaneously"):
        submission.edit(submission={"posted_grade": "9", "excuse": True})


def test_canvasapi_understands_a_refusal(room, course):
    column = course.create_assignment({"name": "Hidden"})
    with pytest.raises(Forbidden):
        column.submissions_bulk_update(grade_data={room.students[0]: {"posted_grade": "8"}})
    with pytest.raises(BadRequest):
        course.create_assignment({"name": "x" * 256})
