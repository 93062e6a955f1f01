from __future__ import annotations

from typing import Any

import pytest

from pipelines.sources.clever.records import FIELDS, day, rows_of, text

SCHOOL, OTHER_SCHOOL = "6a0000000000000000000101", "6a0000000000000000000102"


def user(key: str = "u1", **roles: Any) -> dict[str, Any]:
    return {"id": key, "name": {"first": "Lee", "last": "Okafor"}, "email": "l.okafor@x.example", "roles": roles}


def student(**more: Any) -> dict[str, Any]:
    return {"sis_id": "100234", "school": SCHOOL, "schools": [SCHOOL], "grade": "9", "legacy_id": "6aff"} | more


def rows(collection: str, record: dict[str, Any], table: str) -> list[dict[str, str]]:
    return [dict(zip(FIELDS[name], row, strict=True)) for name, row in rows_of(collection, record) if name == table]


@pytest.mark.parametrize("empty", [{}, {"value": None}, {"value": ""}])
def test_missing_null_and_empty_values_give_the_same_row(empty: dict[str, Any]) -> None:
    name = {"first": "Ana", "last": "Ruiz"}
    optional = {key: empty["value"] for key in ("email",) if empty}
    role = {key: empty["value"] for key in ("grade", "sis_id", "credentials") if empty}
    record = {"id": "u", "name": name, "roles": {"student": {"schools": [SCHOOL]} | role}} | optional
    assert rows("users", record, "users") == [
        dict(zip(FIELDS["users"], ("u", "Ana", "Ruiz", "", "", ""), strict=True)),
    ]
    assert [row["grade"] for row in rows("users", record, "roles")] == [""]
    refers = {key: empty["value"] for key in ("course", "term_id", "period", "teacher") if empty}
    section = {"id": "s", "name": "Math", "school": SCHOOL, "students": [], "teachers": []} | refers
    assert rows("sections", section, "classes")[0] == dict(
        zip(FIELDS["classes"], ("s", "", "Math", SCHOOL, "", "", ""), strict=True)
    )
    assert rows("sections", section, "enrollments") == []
    assert rows("terms", {"id": "t"}, "academicSessions")[0]["endDate"] == ""


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-08-17", "2026-08-17"),
        ("2026-08-17T00:00:00.000Z", "2026-08-17"),
        ("8/7/2026", "2026-08-07"),
        ("08/17/2026", "2026-08-17"),
        ("someday", "someday"),
        (None, ""),
        ("", ""),
    ],
)
def test_a_day_is_read_in_every_format_of_clever(written: str | None, meant: str) -> None:
    assert day(written) == meant


def test_a_user_with_several_roles_has_a_row_for_each_role_and_school() -> None:
    teacher = {"sis_id": "T501", "school": SCHOOL, "schools": [OTHER_SCHOOL, SCHOOL]}
    staff = {"staff_id": "E9001", "schools": [SCHOOL, OTHER_SCHOOL], "roles": ["PortalOnly"]}
    record = user(staff=staff, teacher=teacher, district_admin={"title": "CIO"})
    assert [row["identifier"] for row in rows("users", record, "users")] == ["T501"]
    assert [(row["role"], row["orgSourcedId"], row["isPrimary"]) for row in rows("users", record, "roles")] == [
        ("teacher", SCHOOL, "true"),
        ("teacher", OTHER_SCHOOL, "false"),
        ("staff", SCHOOL, "false"),
        ("staff", OTHER_SCHOOL, "false"),
    ]


def test_a_student_of_two_schools_has_both_with_the_primary_school_first() -> None:
    record = user(student=student(school=OTHER_SCHOOL, schools=[SCHOOL, OTHER_SCHOOL]))
    schools = [(row["orgSourcedId"], row["isPrimary"], row["grade"]) for row in rows("users", record, "roles")]
    assert schools == [(OTHER_SCHOOL, "true", "9"), (SCHOOL, "false", "9")]


@pytest.mark.parametrize("role", ["contact", "district_admin", "something_new"])
def test_contacts_and_district_administrators_have_no_role(role: str) -> None:
    assert rows("users", user(**{role: {"legacy_id": "6aff", "phone": "555"}}), "roles") == []


def test_a_user_with_hidden_roles_has_a_row_with_an_empty_role() -> None:
    record = {"id": "u1", "district": "d", "ell_status": "N"}
    assert [row["sourcedId"] for row in rows("users", record, "users")] == ["u1"]
    assert [(row["userSourcedId"], row["role"]) for row in rows("users", record, "roles")] == [("u1", "")]


def test_legacy_ids_passwords_phones_and_birth_dates_are_not_read() -> None:
    secrets = {"dob": "2/11/2007", "credentials": {"district_username": "lee", "district_password": "hunter2"}}
    record = user(student=student(**secrets, location={"address": "1 Elm Street"}, ext={"x": "y"}, race="Asian"))
    shown = [value for _, row in rows_of("users", record) for value in row]
    assert "lee" in shown
    assert not {"2/11/2007", "hunter2", "1 Elm Street", "6aff", "y", "Asian"} & set(shown)


def test_a_section_gives_its_enrollments_with_the_primary_teacher_first() -> None:
    record = {"id": "s", "name": "Math", "school": SCHOOL, "term_id": "t", "course": "c", "period": 3}
    record |= {"teacher": "t1", "teachers": ["t1", "t2"], "students": ["u1", "u2", "u1", "", None]}
    assert rows("sections", record, "classes")[0]["periods"] == "3"
    assert [tuple(row.values()) for row in rows("sections", record, "enrollments")] == [
        ("s", "t1", "teacher", "true"),
        ("s", "t2", "teacher", "false"),
        ("s", "u1", "student", ""),
        ("s", "u2", "student", ""),
    ]


def test_a_section_without_a_primary_teacher_keeps_its_other_teachers() -> None:
    record = {"id": "s", "teacher": None, "teachers": ["t2"], "students": []}
    assert [row["primary"] for row in rows("sections", record, "enrollments")] == ["false"]
    missing = {"id": "s", "teacher": "t1", "teachers": None}
    assert [row["userSourcedId"] for row in rows("sections", missing, "enrollments")] == ["t1"]


def test_a_school_has_its_type_and_a_grade_is_text() -> None:
    school = {"id": SCHOOL, "name": "North", "sis_id": "", "school_number": "0101", "low_grade": "", "high_grade": "13"}
    assert rows("schools", school, "orgs") == [
        dict(zip(FIELDS["orgs"], (SCHOOL, "North", "school", "0101"), strict=True))
    ]
    assert rows("users", user(student=student(grade="Ungraded")), "roles")[0]["grade"] == "Ungraded"
    assert (text(13), text(True), text(["x"]), text(None)) == ("13", "", "", "")
