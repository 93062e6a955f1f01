"""Canvas's records as rows of the relational layout, without fields that a roster does not need."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.sources import canvas
from pipelines.sources.canvas.tables import names, read_tables, text
from pipelines.sources.contract import ExtractResult
from tests.at_canvas import AtCanvas, judged, rows_of, settings
from tests.delivery import found

COURSE = {"id": 7, "name": "Algebra", "course_code": "ALG", "account_id": 3, "enrollment_term_id": 5}
SECTION = {"id": 70, "course_id": 7, "name": "Algebra (1)"}
ADA = {"id": 1, "name": "Ada Lovelace", "sortable_name": "Lovelace, Ada", "login_id": "ada", "email": "ada@x.example"}


def seat(number: int, user: int, type_: str = "StudentEnrollment", **more: Any) -> dict[str, Any]:
    fields = {"id": number, "user_id": user, "course_id": 7, "course_section_id": 70, "type": type_}
    return fields | {"enrollment_state": "active"} | more


def delivered(folder: Path, **collections: list[dict[str, Any]]) -> dict[str, Path]:
    """Parts as a pull leaves them; a course with one section and one student unless said otherwise."""
    usual = {"courses": [COURSE], "sections": [SECTION], "users": [ADA], "enrollments": [seat(1, 1)]}
    files = {}
    for name, records in (usual | collections).items():
        path = files[f"{name}-00001.jsonl"] = folder / name
        path.write_text(json.dumps(records) + "\n", encoding="utf-8")
    return files


def tables(folder: Path, **collections: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    read = read_tables(delivered(folder, **collections))
    return {one.name.removesuffix(".json"): one.rows.to_pylist() for one in read}


def test_sections_become_classes_and_accounts_become_schools(tmp_path: Path) -> None:
    read = tables(tmp_path)
    assert read["orgs"] == [{"sourcedId": "3", "name": "Account 3", "type": "school", "identifier": "", "line": 1}]
    (course,) = read["courses"]
    assert (course["sourcedId"], course["courseCode"], course["orgSourcedId"]) == ("7", "ALG", "3")
    (section,) = read["classes"]
    assert [section[name] for name in ("sourcedId", "schoolSourcedId", "termSourcedIds", "courseSourcedId")] == [
        "70", "3", "5", "7"
    ]  # fmt: skip
    assert [row["sourcedId"] for row in read["academicSessions"]] == ["5"]


def test_a_term_is_read_from_the_list_of_terms_or_from_a_course(tmp_path: Path) -> None:
    given = {"id": 5, "name": "Fall", "start_at": "2026-08-17T05:00:00Z", "end_at": None}
    for more in ({"courses": [COURSE | {"term": given}]}, {"terms": [given, {"id": 6, "name": "Spring"}]}):
        (term,) = tables(tmp_path, **more)["academicSessions"]
        assert [term[name] for name in ("sourcedId", "title", "startDate", "endDate")] == [
            "5",
            "Fall",
            "2026-08-17",
            "",
        ]


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"sortable_name": "Lovelace, Ada"}, ("Ada", "Lovelace")),
        ({"sortable_name": "de la Cruz, María José", "name": "x"}, ("María José", "de la Cruz")),
        ({"name": "Ada King Lovelace"}, ("Ada King", "Lovelace")),
        ({"sortable_name": "Cher", "name": "Cher"}, ("Cher", "Cher")),
        ({"sortable_name": ", Ada", "name": "Ada Lovelace"}, ("Ada", "Lovelace")),
        ({"sortable_name": None, "name": None}, ("", "")),
        ({}, ("", "")),
    ],
)
def test_names_are_split_as_canvas_sorts_them(record: dict[str, Any], expected: tuple[str, str]) -> None:
    assert names(record) == expected


def test_missing_null_and_empty_values_of_a_user_are_the_same(tmp_path: Path) -> None:
    users = [{"id": 1, "name": "A B"}, {"id": 2, "name": "A B", "email": None, "sis_user_id": None, "login_id": ""}]
    one, two = tables(tmp_path, users=users)["users"]
    assert {name: one[name] for name in ("email", "username", "identifier")} == {
        "email": "", "username": "", "identifier": ""
    }  # fmt: skip
    assert {name for name in one if one[name] != two[name]} == {"sourcedId", "line"}
    assert [text(value) for value in (None, "", True, 12, {"a": 1})] == ["", "", "", "12", ""]


def test_only_active_and_invited_enrollments_with_a_known_role_are_read(tmp_path: Path) -> None:
    rows = [
        seat(1, 1),
        seat(2, 2, "TeacherEnrollment"),
        seat(3, 3, "TaEnrollment", enrollment_state="invited"),
        seat(4, 4, "StudentViewEnrollment"),
        seat(5, 5, "ObserverEnrollment"),
        seat(6, 6, "DesignerEnrollment"),
        *(seat(10 + at, 7, enrollment_state=state) for at, state in enumerate(
            ("completed", "inactive", "deleted", "rejected", "creation_pending"))),
    ]  # fmt: skip
    found_seats = {row["userSourcedId"]: row["role"] for row in tables(tmp_path, enrollments=rows)["enrollments"]}
    assert found_seats == {"1": "student", "2": "teacher", "3": "ta"}


def test_a_test_student_does_not_become_a_user(tmp_path: Path) -> None:
    users = [ADA, {"id": 4, "name": "Test Student", "sortable_name": "Student, Test"}]
    rows = [seat(1, 1), seat(2, 4, "StudentViewEnrollment")]
    files = delivered(tmp_path, users=users, enrollments=rows)
    verdict = judged(ExtractResult(files))
    assert verdict.accepted["users"].column("source_id").to_pylist() == ["user:1"]
    assert found(verdict, "ROLE_NOT_SYNCED") == {"sourcedId": 1}


def test_repeated_users_and_enrollments_are_read_once(tmp_path: Path) -> None:
    read = tables(tmp_path, users=[ADA, ADA], enrollments=[seat(1, 1), seat(1, 1)])
    assert len(read["users"]) == len(read["enrollments"]) == 1


def test_a_completed_or_deleted_course_has_no_roster(tmp_path: Path) -> None:
    for state in ("completed", "deleted"):
        read = tables(tmp_path, courses=[COURSE | {"workflow_state": state}])
        assert read["courses"] == read["classes"] == []


def test_grades_and_avatars_are_in_no_table(there: AtCanvas) -> None:
    tables_, _ = canvas.understand(there.fetch(course="1000").files, settings())
    fields = {field for table in tables_ for field in table.rows.column_names}
    assert not {"grades", "html_url", "last_attended_at", "avatar_url"} & fields


def test_students_without_an_email_are_accepted(there: AtCanvas) -> None:
    there.sandbox.behave(canvas_emails=False)
    users = rows_of(there.fetch(), "users")
    assert {row["email"] for row in users} == {""}
    with_login = sum("@" in row["username"] for row in users)
    accepted = judged(there.fetch()).accepted["users"]
    assert accepted.num_rows == len(users)
    assert accepted.num_rows - accepted.column("email").null_count == with_login > 0


def test_sis_ids_are_empty_if_the_token_must_not_read_them(there: AtCanvas) -> None:
    assert all(row["identifier"] for row in rows_of(there.fetch(course="1000"), "users"))
    there.sandbox.behave(canvas_sis_ids=False)
    for table in ("users", "courses", "classes"):
        assert {row["identifier"] for row in rows_of(there.fetch(course="1000"), table)} == {""}
