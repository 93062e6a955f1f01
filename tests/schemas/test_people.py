"""The staff and student files use the combined file's names."""

from __future__ import annotations

from schemas.combined import COMBINED
from schemas.people import STAFF, STUDENTS


def test_staff_and_student_files_use_the_column_names_of_the_combined_file() -> None:
    assert STUDENTS.columns.keys() <= COMBINED.columns.keys()
    assert STAFF.columns.keys() - COMBINED.columns.keys() == {"teacher_role"}


def test_a_school_id_is_required_in_staff_and_student_files() -> None:
    assert all(schema.columns["school_id"].required for schema in (STAFF, STUDENTS))


def test_a_staff_id_is_optional() -> None:
    assert not STAFF.columns["teacher_id"].required
