"""What is true of every score, and what was done: states change, the ledger only grows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import pyarrow as pa
from sqlalchemy import Connection

from pipelines.canvas.grades import Mark
from pipelines.runs import Run
from pipelines.store.copy import copy
from pipelines.store.statements import execute
from schemas.grade_states import REASONS


@dataclass(frozen=True)
class State:
    """What is true of one student in one column, by its reason, with what Canvas has."""

    column_id: UUID
    user_id: UUID
    reason: str
    there: Mark


def keep_states(connection: Connection, night: Run, course: int, states: Sequence[State]) -> None:
    """Keep what is true now; of each change the ledger tells, and what stays as it was is not written."""
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
    write_states(connection, night, course)


def open_states(connection: Connection) -> None:
    """Make room, in this transaction, for the states that were found."""
    execute(connection, "grades/ledger.open_states")


def write_states(connection: Connection, night: Run, course: int) -> None:
    """Keep what was found."""
    execute(connection, "grades/ledger.keep_states", **night.key, course_number=course)


def as_table(columns: Mapping[str, Sequence[Any]]) -> pa.Table:
    """Columns of texts, numbers and booleans for COPY; an empty one is one of texts."""
    arrays = {
        name: pa.array(values) if any(v is not None for v in values) else pa.nulls(len(values), pa.string())
        for name, values in columns.items()
    }
    return pa.table(arrays)


def plain(score: Decimal | None) -> str | None:
    """A score as PostgreSQL reads it."""
    return None if score is None else format(score, "f")
