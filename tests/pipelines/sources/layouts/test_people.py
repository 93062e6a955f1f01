"""Staff-only and student-only files give only people (GC-09), and never an administrator (CK-17)."""

from __future__ import annotations

import pytest

from tests.delivery import found, ids, judge, present, refused, roster, staff, student


@pytest.mark.parametrize(("row", "name"), [(staff(), "staff"), (student(), "students")])
def test_a_file_of_people_gives_no_classes(row: dict[str, str], name: str) -> None:
    accepted = judge([row], name).accepted
    assert accepted["users"].num_rows == 1
    assert [accepted[entity].num_rows for entity in ("classes", "enrollments", "terms", "courses")] == [0, 0, 0, 0]


def test_a_staff_member_of_two_schools_is_one_user() -> None:
    judged = judge([staff(), staff(school_id="0013")], "staff")
    ((*_, schools),) = roster(judged)["users"]
    assert set(schools) == {"0012", "0013"}


@pytest.mark.parametrize(
    ("word", "role"), [("", "teacher"), ("Teacher", "teacher"), ("Teacher-Assistant", "aide"), ("NURSE", "staff")]
)
def test_the_role_of_staff_is_read_from_the_vendors_words(word: str, role: str) -> None:
    ((_, _, found_role, *_),) = roster(judge([staff(teacher_role=word)], "staff"))["users"]
    assert found_role == role


@pytest.mark.parametrize("word", ["Administrator", "principal", "IT_Admin", "district administrator"])
def test_an_administrator_is_not_created_and_is_present(word: str) -> None:
    judged = judge([staff(teacher_role=word)], "staff")
    assert judged.accepted["users"].num_rows == 0
    assert refused(judged) == {}
    assert found(judged, "ADMIN_NOT_SYNCED") == {"teacher_role": 1}
    assert present(judged, "users") == {"staff:T7"}


def test_a_teacher_who_is_also_an_administrator_is_created_as_a_teacher() -> None:
    judged = judge([staff(teacher_role="administrator"), staff(teacher_role="teacher")], "staff")
    ((_, _, role, *_),) = roster(judged)["users"]
    assert role == "teacher"


def test_an_unknown_role_is_quarantined() -> None:
    assert refused(judge([staff(), staff(teacher_role="wizard", teacher_id="T8")], "staff")) == {3: "INVALID_ROLE"}


def test_a_staff_line_without_a_person_is_quarantined() -> None:
    nobody = staff(teacher_first="", teacher_last="", teacher_email="", teacher_id="")
    assert refused(judge([staff(), nobody], "staff")) == {3: "MISSING_NAME"}


@pytest.mark.parametrize(
    ("field", "code"),
    [("student_id", "MISSING_STUDENT_ID"), ("school_id", "MISSING_SCHOOL_ID"), ("student_last", "MISSING_NAME")],
)
def test_a_student_line_without_a_required_value_is_quarantined(field: str, code: str) -> None:
    assert refused(judge([student(), student(student_id="2") | {field: ""}], "students")) == {3: code}


def test_students_have_the_same_ids_as_in_the_combined_layout() -> None:
    assert ids(judge([student()], "students"), "users") == {"student:000123"}
