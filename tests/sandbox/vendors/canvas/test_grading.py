"""Writing grades."""

from __future__ import annotations

import pytest


@pytest.fixture
def column(room):
    return room.column()


@pytest.fixture
def user(room):
    return room.students[0]


def test_a_grade_has_score_text_grader_and_time(room, column, user):
    room.grade(column, {user: "85%"})
    found = room.read(column)[user]
    assert (found["score"], found["grade"], found["entered_score"], found["grader_id"]) == (8.5, "8.5", 8.5, 1)
    assert (found["workflow_state"], found["excused"], found["late"]) == ("graded", False, False)
    assert found["graded_at"] == found["posted_at"] is not None


def test_the_same_score_in_any_spelling_is_not_written_again(room, column, user):
    room.grade(column, {user: "8"})
    version, before = room.sandbox.account.grades.book(room.course).version, room.read(column)[user]
    room.sandbox.teacher_edits(room.course, column["id"])
    for same in ("8", "8.0", "80%", "+8"):
        assert room.grade(column, {user: same})["workflow_state"] == "completed"
    assert room.read(column)[user] == before
    assert len(room.graded()) == 1
    assert room.sandbox.account.grades.book(room.course).version == version + 1  # the teacher's edit


def test_an_excused_student_has_no_score_and_is_written_once(room, column, user):
    room.grade(column, {user: "8"})
    for _ in range(2):
        assert room.grade(column, {user: {"excuse": True}})["workflow_state"] == "completed"
    found = room.read(column)[user]
    assert (found["excused"], found["score"], found["grade"], found["workflow_state"]) == (True, None, None, "graded")
    assert [(one["before"], one["after"], one["excused_after"]) for one in room.graded()] == [
        (None, 8.0, False),
        (8.0, None, True),
    ]


def test_a_score_ends_an_excuse(room, column, user):
    room.grade(column, {user: {"excuse": True}})
    room.grade(column, {user: "8"})
    assert (room.read(column)[user]["excused"], room.scores(column)) == (False, {user: 8.0})
    last = room.graded()[-1]
    assert (last["excused_before"], last["excused_after"]) == (True, False)


def test_an_excuse_accepts_a_null_grade_and_refuses_an_empty_grade(room, column, user):
    assert room.grade(column, {user: {"excuse": True, "posted_grade": None}})["workflow_state"] == "completed"
    assert room.grade(column, {user: {"excuse": True, "posted_grade": ""}})["workflow_state"] == "failed"


@pytest.mark.parametrize(
    "junk", ["", "EX", "8.", "1e-05", "nan", "1,000", " 8", "8 %", {"posted_grade": None}, {"posted_grade": 0.00001}]
)
def test_an_unreadable_grade_clears_the_score_without_an_error(room, column, user, junk):
    room.grade(column, {user: "8"})
    assert room.grade(column, {user: junk})["workflow_state"] == "completed"
    found = room.read(column)[user]
    assert (found["score"], found["grade"], found["excused"]) == (None, None, False)
    assert (room.graded()[-1]["before"], room.graded()[-1]["after"]) == (8.0, None)


def test_an_unreadable_grade_without_an_earlier_score_is_not_written(room, column, user):
    room.grade(column, {user: "EX"})
    assert room.graded() == []


def test_points_are_deducted_for_lateness_only_if_a_submission_is_expected(room, column, user):
    online = room.column(submission_types=["online_upload"])
    room.sandbox.behave(canvas_late_percent=20)
    for one in (column, online):
        room.grade(one, {user: "9"})
    plain, late = room.read(column)[user], room.read(online)[user]
    assert (plain["score"], plain["points_deducted"], plain["late"]) == (9.0, None, False)
    assert (late["score"], late["points_deducted"], late["late"]) == (7.0, 2.0, True)
    assert (late["entered_score"], late["entered_grade"], late["grade"]) == (9.0, "9", "7")


def test_grades_are_not_posted_at_once_if_posting_is_manual(room, column, user):
    room.sandbox.teacher_edits(room.course, column["id"], post_manually=True)
    room.grade(column, {user: "8"})
    found = room.read(column)[user]
    assert found["posted_at"] is None
    assert found["graded_at"]


def test_grading_one_student_always_writes_and_explains_errors(room, column, user):
    path = f"assignments/{column['id']}/submissions/{user}"

    def put(**wish):
        return room.here("PUT", path, json={"submission": wish})

    done = put(posted_grade="8").json()
    assert (done["score"], done["all_submissions"][0]["score"]) == (8.0, 8.0)
    version = room.sandbox.account.grades.book(room.course).version
    put(posted_grade="8")
    assert room.sandbox.account.grades.book(room.course).version == version + 1
    assert len(room.graded()) == 1
    wrong = put(posted_grade="8", excuse=True)
    assert (wrong.status_code, wrong.json()) == (400, {"error": "Cannot simultaneously grade and excuse"})
    assert room.here("PUT", f"assignments/{column['id']}/submissions/6", json={}).status_code == 404
    room.sandbox.teacher_edits(room.course, column["id"], published=False)
    assert put(posted_grade="9").status_code == 403


def test_only_grading_one_student_accepts_a_late_policy_status(room, column, user):
    path = f"assignments/{column['id']}/submissions/{user}"
    done = room.here("PUT", path, json={"submission": {"late_policy_status": "missing"}}).json()
    assert (done["missing"], done["late"], done["score"]) == (True, False, None)
    other = room.students[1]
    room.grade(column, {other: {"late_policy_status": "missing"}})
    assert not room.read(column)[other]["missing"]
