"""Clever's CSV files: lines repeated for guardians and schools, teachers in adjacent columns, terms within sections."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import ContractBroken, SourceIncomplete
from pipelines.runs.request import Scope
from pipelines.sources import sis_file
from pipelines.sources.contract import ExtractRequest
from pipelines.validate.delivery import validate_delivery
from pipelines.validate.result import Validated
from sandbox.vendors.account import open_account
from sandbox.vendors.clever.sftp import write_files
from sandbox.vendors.serving import invent
from tests.delivery import Row, district, found, ids, judge, present, roster, table

Files = dict[str, list[Row]]


def student(key: str, school: str = "N", **more: str) -> Row:
    return {"school_id": school, "student_id": key, "first_name": "A", "last_name": f"L{key}", "grade": "9"} | more


def teacher(key: str, school: str = "N", **more: str) -> Row:
    named = {"school_id": school, "teacher_id": key, "first_name": "T", "last_name": f"L{key}"}
    return named | {"teacher_email": f"{key}@x.example"} | more


def section(key: str, school: str = "N", teacher_id: str = "T1", **more: str) -> Row:
    term = {"term_name": "Fall", "term_start": "8/17/2026", "term_end": "12/18/2026"}
    course = {"course_name": "Algebra", "course_number": "M1", "name": "", "period": "2"}
    return {"school_id": school, "section_id": key, "teacher_id": teacher_id} | term | course | more


def seat(section_id: str, student_id: str, school: str = "N") -> Row:
    return {"school_id": school, "section_id": section_id, "student_id": student_id}


def whole_set() -> Files:
    return {
        "schools": [{"school_id": "N", "school_name": "North"}, {"school_id": "S", "school_name": "South"}],
        "students": [student("1"), student("2", "S")],
        "teachers": [teacher("T1"), teacher("T2", "S")],
        "sections": [section("C1", teacher_2_id="T2"), section("C2", "S", "T2")],
        "enrollments": [seat("C1", "1"), seat("C2", "2", "S")],
    }


def judged(files: Files, **more: Any) -> Validated:
    return judge([table(rows, f"{name}.csv") for name, rows in files.items() if rows], "clever_csv", **more)


def quarantined(result: Validated) -> set[tuple[str, int, str]]:
    return {(row["file"], row["line"], row["code"]) for row in result.quarantine.to_pylist()}


def read(folder: Path, **more: Any) -> Validated:
    """What the source of files makes of a folder."""
    given = {"kind": "sis_file", "path": f"{folder}/*.csv", "layout": "clever_csv"} | more
    source = sis_file.Settings.model_validate(given | {"completeness": {"settle_seconds": 0}})
    to = folder / "to"
    to.mkdir()
    fetched = sis_file.fetch(source, ExtractRequest("oakdale", date(2026, 9, 1), to))
    sis_file.prove_whole(fetched, source, None)
    tables, layout = sis_file.understand(fetched.files, source)
    return validate_delivery(tables, layout, district())


def test_a_clean_set_becomes_a_roster() -> None:
    result = judged(whole_set())
    assert result.counts["accepted"] == result.counts["received"] == 10
    entities = roster(result)
    term = "Fall 2026-08-17 2026-12-18"
    assert entities["schools"] == {("N", "North"), ("S", "South")}
    assert entities["terms"] == {(term, "Fall", date(2026, 8, 17), date(2026, 12, 18))}
    assert entities["courses"] == {("M1", "Algebra", "M1")}
    assert ("C1", "Algebra", "2", "N", "M1", frozenset({term})) in entities["classes"]
    assert ("student:1", "1", "student", "A", "L1", None, "9", ("N",)) in entities["users"]
    assert ("staff:T1", "T1", "teacher", "T", "LT1", "t1@x.example", None, ("N",)) in entities["users"]
    assert entities["enrollments"] == {
        ("C1", "student:1", "student", False),
        ("C2", "student:2", "student", False),
        ("C1", "staff:T1", "teacher", True),
        ("C1", "staff:T2", "teacher", False),
        ("C2", "staff:T2", "teacher", True),
    }


def test_a_whole_upload_of_a_district_is_accepted(tmp_path: Path) -> None:
    (world,) = invent(300, 1, ["springfield"])
    write_files(open_account(world).view, tmp_path)
    result = read(tmp_path)
    assert result.counts["quarantined"] == 0
    assert result.accepted["classes"].num_rows == len(world.classes)
    assert result.accepted["users"].num_rows == len(world.teachers) + len(world.students)
    seats = int((world.enrolled >= 0).sum()) + int((world.classes[["teacher", "co_teacher"]] >= 0).sum().sum())
    assert result.accepted["enrollments"].num_rows == seats


@pytest.mark.parametrize("spelling", ["School_id", "School id", "school_id", "SCHOOL.ID"])
def test_headers_are_read_in_every_spelling_in_use(tmp_path: Path, spelling: str) -> None:
    for name, rows in whole_set().items():
        fields = list(dict.fromkeys(field for row in rows for field in row))
        lines = [",".join(row.get(field, "") for field in fields) for row in rows]
        header = ",".join(field.replace("school_id", spelling) for field in fields)
        (tmp_path / f"{name}.csv").write_text("\r\n".join([header, *lines, ""]), newline="")
    assert roster(read(tmp_path)) == roster(judged(whole_set()))


def test_a_missing_file_is_refused_except_staff(tmp_path: Path) -> None:
    (world,) = invent(30, 1, ["springfield"])
    write_files(open_account(world).view, tmp_path)
    (tmp_path / "staff.csv").unlink()
    assert read(tmp_path).counts["quarantined"] == 0
    (tmp_path / "to").rename(tmp_path / "before")
    (tmp_path / "enrollments.csv").unlink()
    with pytest.raises(SourceIncomplete, match=r"enrollments\.csv"):
        read(tmp_path)


def test_a_missing_column_of_the_upload_is_named(tmp_path: Path) -> None:
    (world,) = invent(30, 1, ["springfield"])
    write_files(open_account(world).view, tmp_path)
    path = tmp_path / "sections.csv"
    path.write_text(path.read_text().replace("Section_id", "Sektion"))
    with pytest.raises(ContractBroken, match="section_id"):
        read(tmp_path)


def test_lines_repeated_for_each_guardian_are_one_student_and_a_note() -> None:
    files = whole_set()
    files["students"] += [student("1"), student("1")]
    result = judged(files)
    assert result.counts["quarantined"] == 0
    assert ids(result, "users") == {"student:1", "student:2", "staff:T1", "staff:T2"}
    found_lines = [(one.severity, one.count) for one in result.findings if one.code == "DUPLICATE_ROW"]
    assert found_lines == [("note", 2)]


@pytest.mark.parametrize("order", [("N", "S"), ("S", "N")])
def test_a_person_with_a_line_for_each_school_has_all_schools_in_order(order: tuple[str, str]) -> None:
    files = whole_set()
    files["students"][0:1] = [student("1", school) for school in order]
    files["teachers"][0:1] = [teacher("T1", school) for school in order]
    schools = {row[0]: row[-1] for row in roster(judged(files))["users"]}
    assert schools["student:1"] == schools["staff:T1"] == order


def test_a_section_names_up_to_ten_teachers() -> None:
    files = whole_set()
    files["teachers"] += [teacher(f"T{number}") for number in range(3, 11)]
    files["sections"][0] |= {f"teacher_{number}_id": f"T{number}" for number in range(2, 11)}
    taught = {row[1] for row in roster(judged(files))["enrollments"] if row[0] == "C1" and row[2] == "teacher"}
    assert taught == {f"staff:T{number}" for number in range(1, 11)}


def test_a_section_without_a_teacher_is_accepted_with_a_warning() -> None:
    files = whole_set()
    files["sections"].append(section("C3", teacher_id=""))
    result = judged(files)
    assert "C3" in ids(result, "classes")
    assert found(result, "CLASS_WITHOUT_TEACHER") == {"section_id": 1}


@pytest.mark.parametrize("field", ["teacher_id", "teacher_4_id"])
def test_a_section_of_an_unknown_teacher_is_quarantined_and_present(field: str) -> None:
    files = whole_set()
    files["sections"][0] |= {field: "T9"}
    result = judged(files)
    assert quarantined(result) == {
        ("sections.csv", 2, "UNKNOWN_USER"),
        ("enrollments.csv", 2, "DEPENDS_ON_QUARANTINED"),
    }
    assert present(result, "classes") == {"C1"}


def test_an_enrollment_of_an_unknown_student_or_section_is_quarantined() -> None:
    files = whole_set()
    files["enrollments"] += [seat("C1", "9"), seat("C9", "1")]
    assert quarantined(judged(files)) == {
        ("enrollments.csv", 4, "UNKNOWN_USER"),
        ("enrollments.csv", 5, "UNKNOWN_CLASS"),
    }


def test_a_person_with_the_same_email_in_teachers_and_staff_is_one_teacher() -> None:
    files = whole_set()
    staff = {"first_name": "Tess", "last_name": "Other", "staff_email": "t1@x.example"}
    files["staff"] = [
        {"school_id": "S", "staff_id": "E1"} | staff,
        {"school_id": "N", "staff_id": "E2", "first_name": "O", "last_name": "Nurse", "staff_email": "o@x.example"},
    ]
    result = judged(files)
    assert result.counts["quarantined"] == 0
    users = {row[0]: row[2:5] for row in roster(result)["users"]}
    assert users["staff:T1"] == ("teacher", "T", "LT1")
    assert users["staff:E2"] == ("staff", "O", "Nurse")
    assert "staff:E1" not in users


def test_an_email_shared_by_two_teachers_merges_nobody() -> None:
    files = whole_set()
    for row in files["teachers"]:
        row["teacher_email"] = "office@x.example"
    named = {"first_name": "O", "last_name": "Nurse", "staff_email": "office@x.example"}
    files["staff"] = [{"school_id": "N", "staff_id": "E1"} | named]
    assert {"staff:T1", "staff:T2", "staff:E1"} <= ids(judged(files), "users")


def test_a_student_and_a_teacher_with_the_same_id_are_two_people() -> None:
    files = whole_set()
    files["teachers"].append(teacher("1"))
    assert {"student:1", "staff:1"} <= ids(judged(files), "users")


@pytest.mark.parametrize(
    ("term", "key", "title"),
    [
        ({"term_name": "Fall", "term_start": "", "term_end": ""}, "Fall", "Fall"),
        ({"term_name": "", "term_start": "08/17/2026"}, "2026-08-17 2026-12-18", "2026-08-17 2026-12-18"),
        ({"term_start": "2026-08-17", "term_end": "12/18/2026"}, "Fall 2026-08-17 2026-12-18", "Fall"),
    ],
)
def test_a_term_is_identified_by_its_name_and_days(term: Row, key: str, title: str) -> None:
    files = whole_set()
    files["sections"] = [section("C1") | term, section("C2", "S", "T2") | term]
    assert {row[:2] for row in roster(judged(files))["terms"]} == {(key, title)}


def test_days_in_different_formats_give_one_term() -> None:
    files = whole_set()
    files["sections"][0] |= {"term_start": "08/17/2026", "term_end": "2026-12-18"}
    assert len(roster(judged(files))["terms"]) == 1


def test_a_section_without_a_term_is_accepted_without_one() -> None:
    files = whole_set()
    files["sections"][0] |= {"term_name": "", "term_start": "", "term_end": ""}
    result = judged(files)
    assert result.counts["quarantined"] == 0
    assert {row[-1] for row in roster(result)["classes"] if row[0] == "C1"} == {frozenset()}


@pytest.mark.parametrize("written", ["13/40/2026", "someday", "2/30/2026"])
def test_an_invalid_day_quarantines_its_section(written: str) -> None:
    files = whole_set()
    files["sections"][0] |= {"term_start": written}
    assert ("sections.csv", 2, "INVALID_DATE") in quarantined(judged(files))


def test_a_course_without_a_number_is_identified_by_its_name() -> None:
    files = whole_set()
    files["sections"][0] |= {"course_number": "", "name": "Period 2 with T1"}
    entities = roster(judged(files))
    assert entities["courses"] == {("Algebra", "Algebra", None), ("M1", "Algebra", "M1")}
    assert {row[1] for row in entities["classes"]} == {"Period 2 with T1", "Algebra"}


def test_lines_of_other_schools_are_out_of_scope_in_a_run_for_one_school() -> None:
    result = judged(whole_set(), scope=Scope(schools=("S",)))
    assert result.counts["quarantined"] == 0
    assert ids(result, "classes") == {"C2"}
    assert ids(result, "users") == {"student:2", "staff:T2"}
