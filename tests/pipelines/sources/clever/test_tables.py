from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.sources.clever import Settings, understand
from pipelines.sources.clever.tables import read_tables
from pipelines.sources.tables import TEXT, Table
from pipelines.validate.delivery import validate_delivery
from tests.delivery import district, roster

KEY = "6a0000000000000000000001"
SOURCE = Settings(kind="clever", connection="c", clever_district_id=KEY)
Parts = dict[str, list[dict[str, Any]]]


def land(folder: Path, parts: Parts) -> dict[str, Path]:
    files = {name: folder / name for name in parts}
    for name, path in files.items():
        path.write_text(json.dumps({"data": [{"data": record, "uri": "x"} for record in parts[name]], "links": []}))
    return files


def person(key: str, last: str = "Okafor", email: str = "", **roles: Any) -> dict[str, Any]:
    return {"id": key, "name": {"first": "Lee", "last": last}, "email": email, "roles": roles}


def section(key: str, students: list[str], **more: Any) -> dict[str, Any]:
    return {"id": key, "name": key, "school": "n", "teacher": "t", "teachers": ["t"], "students": students} | more


def town() -> Parts:
    at = {"school": "n", "schools": ["n"]}
    return {
        "schools-00001.json": [{"id": "n", "name": "North", "sis_id": "1"}],
        "terms-00001.json": [{"id": "f", "name": "Fall", "start_date": "2026-08-17", "end_date": "2026-12-18"}],
        "courses-00001.json": [{"id": "c", "name": "Math", "number": "M1"}],
        "sections-00001.json": [section("s1", ["u1"], course="c", term_id="f")],
        "users-student-00001.json": [person("u1", student=at | {"sis_id": "7"})],
        "users-teacher-00001.json": [person("t", "Noether", teacher=at | {"sis_id": "7"})],
    }


def of(tables: list[Table], stem: str) -> list[dict[str, Any]]:
    return next(one.rows.to_pylist() for one in tables if one.name == f"{stem}.json")


def test_tables_have_dictionary_columns_and_lines(tmp_path: Path) -> None:
    tables = read_tables(land(tmp_path, town()))
    assert len(tables) == 7
    for one in tables:
        assert one.rows.schema.field("line").type == pa.int32()
        assert {field.type for field in one.rows.schema if field.name != "line"} == {TEXT}
        assert one.received == one.rows.num_rows > 0


def test_missing_parts_of_a_snapshot_give_empty_tables(tmp_path: Path) -> None:
    tables = read_tables(land(tmp_path, {"schools-00001.json": [], "events-00001.json": [{"id": "e"}]}))
    assert [one.received for one in tables] == [0] * 7


def test_lines_are_numbered_through_all_pages(tmp_path: Path) -> None:
    parts = town() | {
        "sections-00001.json": [section("s1", ["u1"]), section("s2", [])],
        "sections-00002.json": [section("s3", ["u1"])],
    }
    tables = read_tables(land(tmp_path, parts))
    assert [(row["sourcedId"], row["line"]) for row in of(tables, "classes")] == [("s1", 1), ("s2", 2), ("s3", 3)]
    seats = [(row["classSourcedId"], row["line"]) for row in of(tables, "enrollments")]
    assert seats == [("s1", 1), ("s1", 1), ("s2", 2), ("s3", 3), ("s3", 3)]


def test_a_user_delivered_once_for_each_role_is_one_user_with_all_roles(tmp_path: Path) -> None:
    teacher, staff = {"schools": ["n"], "sis_id": "7"}, {"schools": ["n"], "staff_id": "E1"}
    for first, second in (({"teacher": teacher, "staff": staff},) * 2, ({"teacher": teacher}, {"staff": staff})):
        parts = town() | {
            "users-teacher-00001.json": [person("t", "Noether", **first)],
            "users-staff-00001.json": [person("t", "Noether", **second)],
        }
        tables = read_tables(land(tmp_path, parts))
        assert [row["sourcedId"] for row in of(tables, "users")] == ["t", "u1"]
        assert sorted(row["role"] for row in of(tables, "roles")) == ["staff", "student", "teacher"]
        assert next(one.facts for one in tables if one.name == "users.json") == {"repeated": 1}


def test_a_record_on_two_pages_is_one_row(tmp_path: Path) -> None:
    parts = town() | {"sections-00002.json": [section("s1", ["u1", "u2"])]}
    assert len(of(read_tables(land(tmp_path, parts)), "classes")) == 1


def test_a_student_and_a_teacher_with_the_same_sis_id_and_email_are_two_people(tmp_path: Path) -> None:
    parts = town()
    for name in ("users-student-00001.json", "users-teacher-00001.json"):
        parts[name][0]["email"] = "family@x.example"
    tables, layout = understand(land(tmp_path, parts), SOURCE)
    judged = validate_delivery(tables, layout, district())
    assert layout.name == "clever"
    assert {(row[0], row[1], row[2]) for row in roster(judged)["users"]} == {
        ("user:u1", "7", "student"),
        ("user:t", "7", "teacher"),
    }


def test_an_invalid_email_quarantines_only_its_line(tmp_path: Path) -> None:
    parts = town()
    parts["users-student-00001.json"].append(person("u2", email="no-at", student={"schools": ["n"], "sis_id": "8"}))
    tables, layout = understand(land(tmp_path, parts), SOURCE)
    judged = validate_delivery(tables, layout, district())
    codes = {(row["file"], row["line"]): row["code"] for row in judged.quarantine.to_pylist()}
    assert codes == {("users.json", 2): "INVALID_EMAIL", ("roles.json", 2): "DEPENDS_ON_QUARANTINED"}


def test_dangling_references_do_not_quarantine_classes(tmp_path: Path) -> None:
    parts = town() | {
        "sections-00001.json": [
            section("s1", ["u1", "ghost"], course="gone", term_id="gone"),
            section("s2", ["u1"], teacher=None, teachers=[], course=None, term_id=None),
        ]
    }
    tables, layout = understand(land(tmp_path, parts), SOURCE)
    judged = validate_delivery(tables, layout, district())
    assert [(row["file"], row["code"]) for row in judged.quarantine.to_pylist()] == [
        ("enrollments.json", "UNKNOWN_USER")
    ]
    assert {group[0] for group in roster(judged)["classes"]} == {"s1", "s2"}


def test_a_student_in_a_section_of_another_school_has_both_schools(tmp_path: Path) -> None:
    parts = town()
    parts["schools-00001.json"].append({"id": "m", "name": "South"})
    parts["sections-00001.json"].append(section("s2", ["u1"], school="m"))
    tables, layout = understand(land(tmp_path, parts), SOURCE)
    judged = validate_delivery(tables, layout, district())
    assert judged.counts["quarantined"] == 0
    assert ("s2", "user:u1", "student", False) in roster(judged)["enrollments"]


def test_a_user_with_hidden_roles_is_quarantined_and_present(tmp_path: Path) -> None:
    parts = town()
    parts["users-student-00001.json"][0] = {"id": "u1", "district": KEY}
    tables, layout = understand(land(tmp_path, parts), SOURCE)
    judged = validate_delivery(tables, layout, district())
    assert judged.present["users"].column("source_id").to_pylist() == ["user:u1"]
