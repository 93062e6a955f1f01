"""Tables that break the roster's contract never leave validate, and the error contains no value."""

from __future__ import annotations

import pyarrow as pa
import pytest

from pipelines.errors import ContractBroken
from pipelines.validate.contract import check_contract
from tests.delivery import judge, line


def _spoiled(entity: str, column: str, value: object) -> dict[str, pa.Table]:
    accepted = dict(judge([line()]).accepted)
    rows = accepted[entity]
    at = rows.column_names.index(column)
    accepted[entity] = rows.set_column(at, column, pa.array([value] * rows.num_rows, rows.schema.field(column).type))
    return accepted


def test_accepted_tables_fulfil_the_contract() -> None:
    check_contract(judge([line()]).accepted)


def test_a_table_that_lacks_a_column_is_refused() -> None:
    accepted = dict(judge([line()]).accepted)
    accepted["terms"] = accepted["terms"].drop_columns(["title"])
    with pytest.raises(ContractBroken, match="terms"):
        check_contract(accepted)


@pytest.mark.parametrize(
    ("entity", "column", "value"),
    [
        ("users", "role", "Hagrid"),
        ("users", "family_name", None),
        ("users", "source_id", "Hagrid"),
        ("users", "school_ns", "Hagrid"),
        ("classes", "title", None),
        ("enrollments", "user_n", 99),
        ("enrollments", "class_n", 99),
    ],
)
def test_a_column_that_breaks_the_contract_is_named_without_its_values(entity: str, column: str, value: object) -> None:
    with pytest.raises(ContractBroken, match=entity) as refusal:
        check_contract(_spoiled(entity, column, value))
    assert refusal.value.place.column == column
    assert "Hagrid" not in str(refusal.value)
    assert refusal.value.__cause__ is None
