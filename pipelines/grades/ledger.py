"""Store the state of every score, and what was done: states change, the ledger is append-only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import pyarrow as pa
from sqlalchemy import Connection

from pipelines.canvas.grades import Grade
from pipelines.runs import Run
from pipelines.store.copy import copy
from pipelines.store.statements import execute
from schemas.grade_states import REASONS


@dataclass(frozen=True)
class State:
    """The state of one student's score in one column, given by its reason, with what Canvas has."""

    column_id: UUID
    user_id: UUID
    reason: str
    there: Grade


def write_states(connection: Connection, run: Run, course: int, states: Sequence[State]) -> None:
    """Record the current states.

    The ledger gets an entry for each change; a state that stayed the same is not written.
    """
    open_states(connection)
    found: dict[str, list[Any]] = {
        "column_id": [str(one.column_id) for one in states],
        "user_id": [str(one.user_id) for one in states],
        "state": [REASONS[one.reason].state for one in states],
        "reason": [one.reason for one in states],
        "score": [plain(one.there.score) for one in states],
        "excused": [one.there.excused for one in states],
    }
    copy(connection, "pg_temp", "found_states", as_table(found))
    record_found_states(connection, run, course)


def open_states(connection: Connection) -> None:
    """Create the temporary table for the states that were found; it lasts until the transaction ends."""
    execute(connection, "grades/ledger.open_states")


def record_found_states(connection: Connection, run: Run, course: int) -> None:
    """Write the states that were found, and their ledger entries."""
    execute(connection, "grades/ledger.record_found_states", **run.key, course_number=course)


def as_table(columns: Mapping[str, Sequence[Any]]) -> pa.Table:
    """Return columns of texts, numbers and booleans as a table for COPY; an all-null column becomes one of texts."""
    arrays = {
        name: pa.array(values) if any(v is not None for v in values) else pa.nulls(len(values), pa.string())
        for name, values in columns.items()
    }
    return pa.table(arrays)


def plain(score: Decimal | None) -> str | None:
    """Return a score in the notation that PostgreSQL reads: a plain decimal."""
    return None if score is None else format(score, "f")
