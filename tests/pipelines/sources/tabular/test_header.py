"""Headers match in any spelling, and missing columns are named."""

from __future__ import annotations

import pytest

from pipelines.errors import ContractBroken, Place, SettingsInvalid
from pipelines.sources.tabular.header import Columns, count_matches, match, simplify

COLUMNS = Columns(required=("student_id", "class_id"), optional=("student_email",))


@pytest.mark.parametrize(
    "written", ["student_id", "Student ID", "STUDENT.ID", " studentId ", "\ufeffstudent-id", "Student\u00a0Id"]
)
def test_headers_match_without_case_spaces_dots_and_underscores(written: str) -> None:
    assert simplify(written) == "studentid"


def test_a_match_has_positions_ignored_headers_and_absent_fields() -> None:
    matched = match(["Class ID", "Lunch", "", "student_id"], COLUMNS, "f")
    assert matched.positions == {"student_id": 3, "class_id": 0}
    assert (matched.width, matched.ignored, matched.absent) == (4, ("Lunch",), ("student_email",))


def test_every_missing_column_is_named_with_a_similar_header() -> None:
    with pytest.raises(ContractBroken, match="'student_id', did you mean 'Studnt Id'\\?; 'class_id'") as refused:
        match(["Studnt Id", "Lunch"], COLUMNS, "f", 3)
    assert refused.value.place == Place("f", 3)


def test_a_configured_header_overrides_the_fields_name() -> None:
    columns = Columns(COLUMNS.required, named={"student_id": "Stu #"})
    assert match(["student_id", "stu #", "class_id"], columns, "f").positions["student_id"] == 1
    with pytest.raises(ContractBroken, match="'student_id' \\(named 'Stu #' in columns:\\)"):
        match(["student_id", "class_id"], columns, "f")


def test_a_repeated_column_is_refused() -> None:
    with pytest.raises(ContractBroken, match="more than one column has the header 'class_id'"):
        match(["student_id", "Class ID", "class.id"], COLUMNS, "f")


def test_settings_with_an_unknown_field_or_a_repeated_header_are_refused() -> None:
    with pytest.raises(SettingsInvalid, match="'studnt_id' is not a field of this layout, did you mean 'student_id'"):
        match(["a"], Columns(COLUMNS.required, named={"studnt_id": "Stu #"}), "f")
    with pytest.raises(SettingsInvalid, match="two fields name the same header"):
        match(["a"], Columns(COLUMNS.required, named={"student_id": "Id", "class_id": "ID"}), "f")


def test_matches_are_counted_to_find_the_likeliest_header() -> None:
    assert count_matches(["Student Email", "class id", "x"], COLUMNS) == 2
    assert count_matches(["a,b"], COLUMNS) == 0
