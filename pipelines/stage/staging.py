"""Load accepted rows into the run's staging tables, and quarantined rows into a table that few roles may read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection

from pipelines.runs import Counts, Run, see_staging
from pipelines.store.copy import copy
from pipelines.store.engine import transaction
from pipelines.store.statements import execute, rows


def load(run: Run, source_n: int, accepted: Mapping[str, pa.Table], present: Mapping[str, pa.Table]) -> Counts:
    """COPY the accepted rows of one source, into empty tables even at a second try. Returns rows by entity."""
    with transaction() as connection:
        if source_n == 0:
            execute(connection, "stage/staging.close_before", **run.key)
        return fill(connection, run, source_n, accepted, present)


def fill(
    connection: Connection, run: Run, source_n: int, accepted: Mapping[str, pa.Table], present: Mapping[str, pa.Table]
) -> Counts:
    """COPY the rows into staging tables, in the caller's transaction. Returns rows by entity."""
    key = {"run_id": run.run_id, "source_n": source_n}
    counts = {}
    execute(connection, "stage/staging.open", **key)
    for entity, table in accepted.items():
        counts[f"staged.{entity}"] = copy(connection, "staging", _name(entity, run.run_id, source_n), table)
    for entity, table in present.items():
        named = table.append_column("entity", pa.repeat(pa.scalar(entity), table.num_rows))
        copy(connection, "staging", _name("present", run.run_id, source_n), named)
    execute(connection, "stage/staging.analyze", **key)
    return counts


def write_quarantine(run: Run, source_n: int, quarantine: pa.Table) -> None:
    """Store the quarantined rows: file, line, code, column, row (JSON)."""
    size = quarantine.num_rows
    run_columns = {
        "district_id": pa.repeat(pa.scalar(run.district_id), size),
        "run_id": pa.repeat(pa.scalar(run.run_id), size),
        "source_n": pa.repeat(pa.scalar(source_n), size),
    }
    names = {"column": "column_name"}
    columns = {names.get(name, name): quarantine.column(name) for name in quarantine.column_names}
    with transaction() as connection:
        execute(connection, "runs/runs.forget_quarantine", **run.key, source_n=source_n)
        copy(connection, "runs", "quarantine", pa.table(run_columns | columns))


def totals(run: Run, source_n: int) -> dict[str, Any]:
    """Return the counts that the expectations on a delivery are checked on."""
    with transaction() as connection:
        see_staging(connection, run, source_n)
        counts = rows(connection, "stage/staging.measures")[0]
        key = {"district_id": run.district_id, "run_id": run.run_id, "source_n": source_n}
        volumes = [row["received_rows"] for row in rows(connection, "stage/staging.recent_volumes", **key)]
    return counts | {"recent_volumes": volumes}


def drop(run: Run, sources: int) -> None:
    """Drop the run's staging tables."""
    with transaction() as connection:
        close(connection, run, range(sources))


def drop_before(run: Run) -> None:
    """Drop the staging tables of the district's earlier runs, except of runs with open holds."""
    with transaction() as connection:
        execute(connection, "stage/staging.close_before", **run.key)


def close(connection: Connection, run: Run, sources: Iterable[int]) -> None:
    """Drop the staging tables of some of the run's sources, in the caller's transaction."""
    for source_n in sources:
        execute(connection, "stage/staging.close", run_id=run.run_id, source_n=source_n)


def _name(entity: str, run_id: int, source_n: int) -> str:
    return f"{entity}_r{run_id}_s{source_n}"
