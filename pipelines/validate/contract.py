"""The last look: whatever a layout did, what leaves validate keeps the roster's contract, or nothing leaves."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc
from pandera.errors import SchemaErrors

from pipelines.errors import ContractBroken, Place
from schemas.roster import ROSTER


def check_contract(accepted: Mapping[str, pa.Table]) -> None:
    """Check the accepted tables, or raise `ContractBroken` that names table and column.

    Enrollments, by far the longest, are numbers throughout: their columns and bounds are checked, not each row.
    """
    for entity, schema in ROSTER.items():
        table = accepted[entity]
        rows = table if entity != "enrollments" else table.slice(0, 0)
        try:
            schema.validate(rows.to_pandas(), lazy=True)
        except SchemaErrors as errors:
            columns = sorted({str(name) for name in errors.failure_cases["column"].dropna()})
            raise _broken(entity, columns) from None
    for column, entity in (("class_n", "classes"), ("user_n", "users")):
        numbers = accepted["enrollments"].column(column)
        if len(numbers) and pc.max(numbers).as_py() >= accepted[entity].num_rows:
            raise _broken("enrollments", [column])


def _broken(entity: str, columns: list[str]) -> ContractBroken:
    return ContractBroken(
        f"the accepted {entity} do not keep the roster's contract",
        place=Place(column=", ".join(columns) or None),
        owner="Rollbook",
        fix="report it with the run's number; the file is not to blame",
    )
