from __future__ import annotations

import csv
import unicodedata
from collections import defaultdict

import pytest

from sandbox import defects, district, layouts, write
from schemas.rules import RULES

PEOPLE = {
    "DUPLICATE_ROW",
    "CONFLICTING_DUPLICATE",
    "MISSING_NAME",
    "INVALID_EMAIL",
    "ID_MANGLED",
    "TOO_LONG",
    "TRIMMED",
}
PEOPLE |= {"ID_TWO_PEOPLE", "CONTROL_CHARACTER", "NAME_NORMALISED", "MISSING_EMAIL", "RAGGED_LINE"}
CODES = {
    "combined": PEOPLE
    | {"MISSING_STUDENT_ID", "MISSING_TERM", "MISSING_SCHOOL_ID", "MISSING_CLASS_ID", "MISSING_TITLE"}
    | {"MISSING_STAFF_KEY", "CLASS_WITHOUT_TEACHER", "CLASS_TWO_SCHOOLS"},
    "students": PEOPLE | {"MISSING_STUDENT_ID"},
    "staff": PEOPLE | {"MISSING_STAFF_KEY"},
    "sds_v21": PEOPLE | {"MISSING_ID"},
}


@pytest.fixture(scope="module")
def world() -> district.World:
    return district.generate(seed=7, students=1200, schools=3)


def table(world: district.World, layout: str) -> layouts.Sheet:
    return next(sheet for sheet in layouts.sheets(world, layout) if defects.spoils(layout, sheet.name))


@pytest.mark.parametrize("layout", CODES)
def test_every_possible_defect_of_a_layout_is_injected_under_its_rules_code(world, layout):
    spoiled = defects.spoil(table(world, layout).frame(), seed=3, layout=layout)
    assert set(spoiled.injected) == CODES[layout]
    assert CODES[layout] <= set(RULES)
    assert all(spoiled.injected.values())


@pytest.mark.parametrize("students", [800, 1200, 9000])
def test_each_defective_line_breaks_one_rule_and_few_lines_are_defective(students):
    rows = table(district.generate(seed=7, students=students), "combined").frame()
    spoiled = defects.spoil(rows, seed=3)
    lines = [line for code, at in spoiled.injected.items() if code != "MISSING_EMAIL" for line in at]
    assert len(lines) == len(set(lines))
    assert 0 < len(lines) < 0.03 * len(rows)


def test_the_injected_lines_are_the_lines_that_break_the_rules(world, tmp_path):
    (path,) = write.write(world, tmp_path, dirty=3)
    assert breaches(path) == _listed(defects.spoil(table(world, "combined").frame(), seed=3).injected)


def test_a_clean_file_has_only_missing_emails(world, tmp_path):
    (path,) = write.write(world, tmp_path)
    assert set(breaches(path)) == {"MISSING_EMAIL"}


def test_the_same_seed_spoils_the_same_people_in_a_larger_file(world):
    first = table(world, "students").frame()
    second = first.iloc[7:]
    names = []
    for rows in (first, second):
        spoiled = defects.spoil(rows, seed=3, layout="students")
        names.append(set(spoiled.rows.iloc[[line - 2 for line in spoiled.injected["INVALID_EMAIL"]]]["student_id"]))
    assert names[0] == names[1]


def test_too_small_a_district_is_refused():
    world = district.generate(seed=7, students=26)
    with pytest.raises(ValueError, match="too few people"):
        defects.spoil(table(world, "combined").frame(), seed=3)


def _listed(injected: dict[str, tuple[int, ...]]) -> dict[str, list[int]]:
    return {code: list(lines) for code, lines in injected.items()}


def breaches(path) -> dict[str, list[int]]:
    """An independent, slow reading of the rules: code -> lines."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *records = csv.reader(file)
    found: dict[str, set[int]] = defaultdict(set)
    rows = {}
    for line, cells in enumerate(records, start=2):
        if len(cells) == len(header):
            rows[line] = dict(zip(header, cells, strict=True))
        else:
            found["RAGGED_LINE"].add(line)
    for line, row in rows.items():
        for code in _broken_alone(row):
            found[code].add(line)
    _find_disagreements(rows, found)
    errors = {line for code, lines in found.items() if RULES[code].severity == "error" for line in lines}
    seen: set[str] = set()
    for line, row in rows.items():
        if row["student_email"] == "" and line not in errors and row["student_id"].strip() not in seen:
            seen.add(row["student_id"].strip())
            found["MISSING_EMAIL"].add(line)
    return {code: sorted(lines) for code, lines in found.items() if lines}


def _broken_alone(row: dict[str, str]) -> set[str]:
    empty = {name for name, value in row.items() if value == ""}
    fields = {"student_id": "MISSING_STUDENT_ID", "term": "MISSING_TERM", "school_id": "MISSING_SCHOOL_ID"}
    fields |= {"class_id": "MISSING_CLASS_ID", "class_name": "MISSING_TITLE", "student_last": "MISSING_NAME"}
    codes = {code for name, code in fields.items() if name in empty}
    if {"teacher_id", "teacher_email"} <= empty:
        codes.add("CLASS_WITHOUT_TEACHER" if "teacher_last" in empty else "MISSING_STAFF_KEY")
    if row["student_email"].count("@") > 1:
        codes.add("INVALID_EMAIL")
    if "E+" in row["student_id"] or row["student_id"].endswith(".0"):
        codes.add("ID_MANGLED")
    if any(len(value) > 255 for value in row.values()):
        codes.add("TOO_LONG")
    if any(ord(letter) < 32 for value in row.values() for letter in value):
        codes.add("CONTROL_CHARACTER")
    if any(value != value.strip() for value in row.values()):
        codes.add("TRIMMED")
    if not all(unicodedata.is_normalized("NFC", value) for value in row.values()):
        codes.add("NAME_NORMALISED")
    return codes


def _find_disagreements(rows: dict[int, dict[str, str]], found: dict[str, set[int]]) -> None:
    of_student, of_class, first_at = defaultdict(list), defaultdict(list), {}
    for line, row in rows.items():
        of_student[row["student_id"]].append(line)
        of_class[row["class_id"]].append(line)
        if first_at.setdefault(tuple(row.values()), line) != line:
            found["DUPLICATE_ROW"].add(line)
    for key, lines in of_student.items():
        if key and len({rows[line]["student_last"] for line in lines}) > 1:
            found["ID_TWO_PEOPLE"].update(lines)
        elif key and len({rows[line]["student_grade"] for line in lines}) > 1:
            found["CONFLICTING_DUPLICATE"].update(lines)
    for key, lines in of_class.items():
        if key and len({rows[line]["school_id"] for line in lines} - {""}) > 1:
            found["CLASS_TWO_SCHOOLS"].update(lines)
