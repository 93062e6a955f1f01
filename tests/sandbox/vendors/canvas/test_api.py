from __future__ import annotations

import numpy as np
import pytest
import requests

from sandbox.vendors.canvas import shapes


def pull(canvas, path):
    rows = []
    while path:
        reply = canvas(path)
        rows += reply.json()
        path = reply.links.get("next", {}).get("url")
    return rows


@pytest.mark.parametrize("pages", ["number", "bookmark"])
def test_a_course_has_its_sections_people_and_enrollments(sandbox, canvas, world, pages):
    sandbox.behave(canvas_pages=pages)
    course = canvas("courses/sis_course_id:0102-MAT03").json()
    path = f"courses/{course['id']}"
    sections = {one["id"]: one["sis_section_id"] for one in pull(canvas, f"{path}/sections?per_page=1")}
    assert set(sections.values()) == {"0102-MAT03-01", "0102-MAT03-02"}
    enrollments = pull(canvas, f"{path}/enrollments?per_page=3&type[]=StudentEnrollment")
    seats = {(one["sis_user_id"], sections[one["course_section_id"]]) for one in enrollments}
    keys, classes = world.students["student_id"], world.classes["class_id"]
    here = set(np.flatnonzero(classes.str.startswith("0102-MAT03-")))
    seated = {(keys[row], classes[at]) for row, places in enumerate(world.enrolled) for at in places if at in here}
    assert seats == seated
    people = pull(canvas, f"{path}/users?per_page=4&include[]=email&include[]=enrollments&enrollment_type[]=student")
    assert {one["sis_user_id"] for one in people} == {key for key, _ in seats}
    assert {place["id"] for one in people for place in one["enrollments"]} == {one["id"] for one in enrollments}


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("accounts/1/courses?per_page=100", shapes.Course),
        ("courses?per_page=100", shapes.Course),
        ("courses/1000/sections", shapes.Section),
        ("courses/1000/enrollments", shapes.Enrollment),
        ("sections/500000/enrollments", shapes.Enrollment),
        ("courses/1000/users?include[]=email&include[]=enrollments", shapes.User),
        ("accounts/self/users?include[]=email&per_page=100", shapes.User),
        ("users/10000000/enrollments", shapes.Enrollment),
    ],
)
def test_every_list_has_the_shape_of_its_kind(canvas, path, shape):
    rows = canvas(path).json()
    assert rows
    for row in rows:
        shape.model_validate(row)


def test_terms_are_under_a_key(canvas):
    terms = canvas("accounts/1/terms").json()
    assert terms.keys() == {"enrollment_terms"}
    known = [shapes.Term.model_validate(one).sis_term_id for one in terms["enrollment_terms"]]
    assert known == ["2026-27-Y", "2026-27-S1", "2026-27-S2"]


def test_single_records_are_found_by_number_or_sis_id(canvas, world):
    student = world.students["student_id"][3]
    assert canvas(f"users/sis_user_id:{student}").json()["sis_user_id"] == student
    assert canvas("sections/sis_section_id:0101-ELA00-01").json()["id"] == 500000
    assert canvas("users/self").json()["name"] == "Rollbook"


def test_sis_ids_and_emails_are_hidden_without_the_right(sandbox, canvas):
    sandbox.behave(canvas_sis_ids=False, canvas_emails=False)
    (user,) = canvas("courses/1000/users?include[]=email&per_page=1").json()
    assert not {"sis_user_id", "email"} & user.keys()
    assert not [name for name in canvas("courses/1000/enrollments").json()[0] if name.startswith("sis_")]


def test_some_students_may_have_another_email_here(sandbox, canvas, world):
    sandbox.behave(canvas_other_emails=2)
    users = {one["sis_user_id"]: one["email"] for one in pull(canvas, "accounts/1/users?include[]=email&per_page=100")}
    emails = dict(zip(world.students["student_id"], world.students["email"], strict=True))
    assert sum(users[key] != (email or None) for key, email in emails.items()) == 2


def test_a_student_who_dropped_a_course_has_a_deleted_enrollment(sandbox, canvas):
    before = {one["user_id"] for one in pull(canvas, "courses/1000/enrollments?per_page=100")}
    for _ in range(3):
        sandbox.pass_night(percent=10, kinds=("drop",))
    after = {one["user_id"] for one in pull(canvas, "courses/1000/enrollments?per_page=100")}
    deleted = pull(canvas, "courses/1000/enrollments?state[]=deleted&per_page=100")
    assert {one["user_id"] for one in deleted} == before - after != set()
    assert {one["enrollment_state"] for one in deleted} == {"deleted"}


def test_a_student_keeps_the_canvas_id_when_the_sis_id_changes(sandbox, canvas):
    before = {one["id"]: one["sis_user_id"] for one in pull(canvas, "accounts/1/users?per_page=100")}
    sandbox.pass_night(percent=1, kinds=("rekey",))
    after = {one["id"]: one["sis_user_id"] for one in pull(canvas, "accounts/1/users?per_page=100")}
    assert before.keys() == after.keys()
    assert before != after


def test_refusals_have_canvas_different_forms(sandbox, canvas):
    def ask(headers):
        return requests.get(f"{sandbox.addresses['canvas']}/api/v1/courses", headers=headers, timeout=20)

    assert ask({}).json() == {"status": "unauthenticated", "errors": [{"message": "user authorization required"}]}
    bad = ask({"Authorization": "Bearer x"})
    assert (bad.status_code, bad.json()) == (401, {"errors": [{"message": "Invalid access token."}]})
    assert bad.headers["WWW-Authenticate"] == 'Bearer realm="canvas-lms"'
    gone = canvas("courses/7")
    assert (gone.status_code, gone.json()) == (404, {"errors": [{"message": "The specified resource does not exist."}]})
    assert canvas("courses/1000?as_user_id=7").json() == {"errors": "Invalid as_user_id"}
    for status in (403, 401):
        sandbox.behave(canvas_forbidden=status)
        refused = canvas("accounts/2/courses")
        assert refused.status_code == status
        assert refused.json()["status"] == "unauthorized"
        assert "WWW-Authenticate" not in refused.headers


def test_ids_are_texts_on_request(canvas):
    row = canvas("courses/1000/enrollments?per_page=1", {"Accept": "application/json+canvas-string-ids"}).json()[0]
    assert all(isinstance(row[name], str) for name in ("id", "user_id", "course_id", "course_section_id"))
    assert row["associated_user_id"] is None
