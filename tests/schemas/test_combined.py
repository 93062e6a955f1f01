"""The combined file has exactly the documented columns (GC-02), each with its checks."""

from __future__ import annotations

import pytest

from schemas.columns import kind_of
from schemas.combined import COMBINED
from schemas.rules import RULES

REQUIRED = {
    *("term", "school_id", "class_name", "class_id", "class_period", "student_first", "student_last", "student_id"),
    *("teacher_first", "teacher_last", "teacher_email"),
}


def test_exactly_the_documented_columns_are_required() -> None:
    assert {name for name, column in COMBINED.columns.items() if column.required} == REQUIRED


@pytest.mark.parametrize("name", list(COMBINED.columns))
def test_every_check_of_a_column_has_the_code_of_a_rule(name: str) -> None:
    checks = COMBINED.columns[name].checks
    assert checks
    assert {check.error for check in checks} <= RULES.keys()


def test_exactly_the_columns_that_end_in_id_are_ids() -> None:
    assert {name for name in COMBINED.columns if name.endswith("_id")} == {
        name for name, column in COMBINED.columns.items() if kind_of(column) == "id"
    }
