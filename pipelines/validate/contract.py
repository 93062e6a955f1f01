"""Check that the accepted tables fulfil the roster's contract; if a layout has an error, nothing leaves validate."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc
from pandera.pandas import Column

from pipelines.errors import ContractBroken, Place
from schemas.roster import ROSTER


def check_contract(accepted: Mapping[str, pa.Table]) -> None:
    """Check the accepted tables, or raise `ContractBroken` that names table and column.

    Enrollments, by far the longest, are numbers throughout: their columns and bounds are checked, not each row.
    """
    for entity, schema in ROSTER.items():
        table = accepted[entity]
        if table.column_names != list(schema.columns):
            raise _broken(entity, None)
        if entity != "enrollments":
            for name, column in schema.columns.items():
                if not _is_fulfilled(table.column(name), column):
                    raise _broken(entity, name)
    for name, entity in (("class_n", "classes"), ("user_n", "users")):
        numbers = accepted["enrollments"].column(name)
        if len(numbers) and pc.max(numbers).as_py() >= accepted[entity].num_rows:
            raise _broken("enrollments", name)


def _is_fulfilled(values: pa.ChunkedArray, column: Column) -> bool:
    """Return whether a column fulfils its rules; the checks are called one by one, as in `rows`."""
    if values.null_count and not column.nullable:
        return False
    if column.unique and pc.count_distinct(values).as_py() < len(values):
        return False
    written = values.drop_null().to_pandas() if column.checks else None
    return all(bool(check(written).check_passed) for check in column.checks)


def _broken(entity: str, column: str | None) -> ContractBroken:
    return ContractBroken(
        f"the accepted table {entity} breaks the roster's contract",
        place=Place(column=column),
        owner="Rollbook",
        fix="report this error with the run's number; the delivered file is not the cause",
    )
