"""Bulk updates: what is refused at once, what fails later, and what is written in spite of that."""

from __future__ import annotations

import pytest

from sandbox.vendors.canvas import shapes

NOBODY = 6


def post(room, column, data, course=None):
    path = f"courses/{course or room.course}/assignments/{column['id']}/submissions/update_grades"
    return room.ask("POST", path, json=data)


def test_a_bulk_update_is_queued_and_its_progress_shows_completion(room):
    column = room.column()
    reply = post(room, column, {"grade_data": {room.students[0]: {"posted_grade": "8"}}})
    assert reply.status_code == 200
    queued = shapes.Progress.model_validate(reply.json())
    assert (queued.workflow_state, queued.completion, queued.context_id) == ("queued", None, room.course)
    done = shapes.Progress.model_validate(room.ask("GET", f"progress/{queued.id}").json())
    assert (done.workflow_state, done.completion, done.message) == ("completed", 100, None)
    assert room.scores(column) == {room.students[0]: 8.0}


def test_one_bulk_update_may_grade_several_assignments(room):
    one, two = room.column(), room.column()
    user = room.students[0]
    data = {one["id"]: {user: {"posted_grade": "1"}}, two["id"]: {user: {"posted_grade": "2"}}}
    assert room.here("POST", "submissions/update_grades", json={"grade_data": data}).status_code == 200
    assert (room.scores(one), room.scores(two)) == ({user: 1.0}, {user: 2.0})


@pytest.mark.parametrize("data", [{}, {"grade_data": {}}, {"grade_data": "8"}, {"grade_data": None}])
def test_missing_grade_data_is_refused_before_any_other_check(room, data):
    room.sandbox.behave(canvas_may_grade=False)
    reply = post(room, {"id": 7}, data)
    assert (reply.status_code, reply.json()) == (400, {"error": "'grade_data' parameter required"})


@pytest.mark.parametrize("status", [403, 401])
def test_an_unpublished_assignment_is_refused_as_a_missing_permission(room, status):
    room.sandbox.behave(canvas_forbidden=status)
    data = {"grade_data": {room.students[0]: {"posted_grade": "8"}}}
    reply = post(room, room.column(published=False), data)
    assert (reply.status_code, reply.json()["status"]) == (status, "unauthorized")
    column = room.column()
    room.sandbox.behave(canvas_may_grade=False)
    assert post(room, column, data).status_code == status


def test_an_unknown_assignment_is_refused_with_all_requested_ids(room):
    column, marks = room.column(), {room.students[0]: {"posted_grade": "8"}}
    reply = room.here("POST", "submissions/update_grades", json={"grade_data": {column["id"]: marks, 7: marks}})
    assert reply.status_code == 400
    assert reply.json() == {"error": f"Some assignments could not be found: ( {column['id']}, 7 )"}
    room.here("DELETE", f"assignments/{column['id']}")
    assert post(room, column, {"grade_data": marks}).status_code == 400


def test_unknown_students_fail_the_job_and_the_others_are_graded(room):
    column, (first, *_, last) = room.column(), room.students
    progress = room.grade(column, {first: "8", NOBODY: "1", "sis_user_id:none": "1", last: "9"})
    assert (progress["workflow_state"], progress["completion"]) == ("failed", None)
    assert progress["message"] == "Couldn't find User(s) with API ids '6', 'sis_user_id:none'"
    assert room.scores(column) == {first: 8.0, last: 9.0}


@pytest.mark.parametrize(
    ("state", "graded"),
    [
        ("active", True),
        ("invited", True),
        ("inactive", True),
        ("completed", False),
        ("deleted", False),
        ("rejected", False),
    ],
)
def test_only_active_invited_and_inactive_students_are_graded(room, state, graded):
    column, (first, second) = room.column(), room.students[:2]
    room.sandbox.seat(room.course, first, state)
    progress = room.grade(column, {first: "8", second: "9"})
    assert progress["workflow_state"] == ("completed" if graded else "failed")
    expected = {first, second} if graded else {second}
    (marks,) = room.sandbox.scores(room.course).values()
    assert set(marks) == expected


def test_a_student_without_the_assignment_fails_the_job(room):
    column = room.column(only_visible_to_overrides=True, assignment_overrides=[{"student_ids": room.students[:1]}])
    progress = room.grade(column, dict.fromkeys(room.students[:2], "8"))
    assert progress["message"] == f"Couldn't find User(s) with API ids '{room.students[1]}'"
    assert room.scores(column) == {room.students[0]: 8.0}


def test_students_outside_the_tokens_sections_fail_the_job(room):
    column = room.column()
    sections = [one["id"] for one in room.here("GET", "sections").json()]
    room.sandbox.behave(canvas_limited_sections=[sections[0] + 1])
    progress = room.grade(column, {room.students[0]: "8"})
    assert progress["message"] == f"Couldn't find User(s) with API ids '{room.students[0]}'"
    room.sandbox.behave(canvas_limited_sections=sections)
    assert room.grade(column, {room.students[0]: "8"})["workflow_state"] == "completed"


def test_a_bulk_update_may_address_a_section(room):
    column = room.column()
    (section, *_) = room.here("GET", "sections").json()
    path = f"sections/{section['id']}/assignments/{column['id']}/submissions/update_grades"
    reply = room.ask("POST", path, json={"grade_data": {room.students[0]: {"posted_grade": "8"}}})
    assert reply.json()["context_id"] == room.course
    assert room.scores(column) == {room.students[0]: 8.0}
    assert room.ask("POST", path.replace("sections/", "rooms/"), json={}).status_code == 404


def test_an_invalid_entry_stops_the_job_after_the_entries_before_it(room):
    column, (first, second, third) = room.column(), room.students[:3]
    progress = room.grade(column, {first: "8", second: {"posted_grade": "", "excuse": True}, third: "9"})
    assert progress["workflow_state"] == "failed"
    assert progress["message"].startswith("Unexpected error, ID: ")
    assert str(second) not in progress["message"]
    assert room.scores(column) == {first: 8.0}


def test_a_moderated_assignment_fails_the_job(room):
    column = room.column(moderated_grading=True)
    assert room.grade(column, {room.students[0]: "8"})["message"].startswith("Unexpected error")


def test_an_assignment_addressed_by_sis_id_fails_the_job(room):
    room.sandbox.behave(canvas_manage_sis=True)
    column = room.column(sis_assignment_id="S1")
    progress = room.grade(column | {"id": "sis_assignment_id:S1"}, {room.students[0]: "8"})
    assert progress["message"].startswith("Unexpected error")
    assert room.scores(column) == {}


def test_an_assignment_unpublished_before_the_job_runs_is_named(room):
    column = room.column()
    room.sandbox.behave(canvas_job_polls=2)
    progress = room.grade(column, {room.students[0]: "8"})
    room.here("PUT", f"assignments/{column['id']}", json={"assignment": {"published": False}})
    while progress["workflow_state"] in ("queued", "running"):
        progress = room.ask("GET", progress["url"]).json()
    assert progress["message"] == (
        f"Some assignments are either not published or deleted and can not be graded '{column['id']}'"
    )


def test_students_are_addressed_by_number_sis_id_or_login(room, small):
    column, world = room.column(), small.account.world
    keys = world.students["student_id"]
    login = room.ask("GET", f"users/{room.students[1]}").json()["login_id"]
    sis = keys[room.students[0] - 10_000_000]
    room.grade(column, {f"sis_user_id:{sis}": "8", f"sis_login_id:{login.upper()}": "9"})
    assert room.scores(column) == {room.students[0]: 8.0, room.students[1]: 9.0}


def test_a_comment_without_a_grade_clears_the_score_only_for_a_sis_id(room, small):
    column, user = room.column(), room.students[0]
    room.grade(column, {user: "8"})
    room.grade(column, {user: {"text_comment": "well done"}})
    assert room.scores(column) == {user: 8.0}
    sis = small.account.world.students["student_id"][user - 10_000_000]
    room.grade(column, {f"sis_user_id:{sis}": {"text_comment": "well done"}})
    assert room.scores(column) == {}


def test_a_job_stays_pending_for_the_configured_number_of_polls(room):
    column = room.column()
    room.sandbox.behave(canvas_job_polls=2)
    reply = post(room, column, {"grade_data": {room.students[0]: {"posted_grade": "8"}}}).json()
    states = [room.ask("GET", reply["url"]).json()["workflow_state"] for _ in range(4)]
    assert states == ["queued", "running", "completed", "completed"]


def test_a_job_waits_the_configured_seconds_before_it_writes(room):
    column = room.column()
    room.sandbox.behave(canvas_job_seconds=0.3)
    progress = room.grade(column, {room.students[0]: "8"})
    assert progress["workflow_state"] == "queued"
    assert room.scores(column) == {}
    while progress["workflow_state"] in ("queued", "running"):
        progress = room.ask("GET", progress["url"]).json()
    assert room.scores(column) == {room.students[0]: 8.0}


def test_jobs_run_one_after_another_within_a_course_only(room):
    column = room.column()
    other = room.ask("POST", "courses/1001/assignments", json={"assignment": {"name": "Q", "published": True}}).json()
    room.sandbox.fault("job_stuck", path="/courses/1000/")
    first = room.grade(column, {room.students[0]: "1"})
    second = room.grade(column, {room.students[0]: "2"})
    states = [room.ask("GET", one["url"]).json()["workflow_state"] for _ in range(3) for one in (first, second)]
    assert set(states) == {"queued"}
    reply = post(room, other, {"grade_data": {NOBODY: {"posted_grade": "2"}}}, course=1001).json()
    assert room.ask("GET", reply["url"]).json()["workflow_state"] == "failed"
    assert room.scores(column) == {}


def test_the_fault_job_dies_stops_a_job_after_some_students(room):
    column, marks = room.column(), dict.fromkeys(room.students[:4], "8")
    room.sandbox.fault("job_dies", path="/update_grades", students=2)
    progress = room.grade(column, marks)
    assert (progress["workflow_state"], progress["completion"]) == ("failed", None)
    assert list(room.scores(column)) == room.students[:2]
    assert room.grade(column, marks)["workflow_state"] == "completed"
    assert list(room.scores(column)) == room.students[:4]
    assert len(room.graded()) == 4


def test_a_bulk_update_can_not_be_cancelled(room):
    progress = room.grade(room.column(), {room.students[0]: "8"})
    assert room.ask("POST", f"progress/{progress['id']}/cancel").status_code == 403
    assert room.ask("GET", "progress/7").status_code == 404


def test_a_job_whose_grader_lost_the_right_writes_nothing(room):
    column = room.column()
    room.sandbox.behave(canvas_job_polls=1)
    progress = room.grade(column, {room.students[0]: "8"})
    room.sandbox.behave(canvas_may_grade=False)
    assert room.ask("GET", progress["url"]).json()["message"].startswith("Unexpected error")
    assert room.scores(column) == {}
