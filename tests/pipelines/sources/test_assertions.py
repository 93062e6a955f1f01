"""The types that layouts and validate share."""

from __future__ import annotations

from pipelines.sources.assertions import Coded, Part


def test_a_column_absent_from_the_file_is_all_null() -> None:
    column = Part("", 0, 3, {}).column("student_grade")
    assert (column.codes.tolist(), len(column.values)) == ([-1, -1, -1], 0)


def test_an_all_null_column_uses_no_memory_for_its_lines() -> None:
    assert Coded.all_null(10_000_000).codes.strides == (0,)
