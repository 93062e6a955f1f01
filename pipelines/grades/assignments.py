"""Canvas assignments: created once, found again by number or by our mark, renamed in place; never matched by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from pipelines.canvas.assignments import (
    Assignment,
    NewAssignment,
    change_column,
    create_assignment,
    post_manually,
    read_assignments,
    read_group,
)
from pipelines.errors import SourceUnavailable
from pipelines.http.client import Client
from pipelines.runs import Counts, Run
from pipelines.settings import Canvas
from pipelines.store.engine import transaction
from pipelines.store.statements import execute, rows

Row = Mapping[str, Any]
_TRIES = 2  # if the response to a creation is lost, look for the assignment before asking again


@dataclass(frozen=True)
class Wanted:
    """A column that a run means to send: the planned action, or the reason why nothing can be sent to it."""

    row: Row
    there: Assignment | None
    action: str  # create | adopt | rename | keep | refuse
    reason: str | None = None

    @property
    def number(self) -> int | None:
        """Return the Canvas assignment's number; None before there is one."""
        return self.there.number if self.there else None


def match_assignments(columns: Iterable[Row], there: Iterable[Assignment]) -> list[Wanted]:
    """Find each column's Canvas assignment: by its recorded number, else by our mark in it (IC-23).

    If the number is gone, the assignment was deleted in Canvas. It is created again only if a person asks for it.
    """
    found = {column.number: column for column in there}
    return [_match_one(row, found) for row in columns]


def create_assignments(run: Run, course: int, canvas: Canvas, api: Client) -> Counts:
    """Create, adopt and rename the Canvas assignments that compare found missing, unlinked or renamed.

    It is safe to repeat, because it reads the course first. It holds a lock of the course, so that two processes never
    create the same assignment twice. Raises SourceUnavailable.
    """
    key = run.key | {"course_number": course}
    with transaction() as connection:
        execute(connection, "grades/push.lock_course", district_id=run.district_id, course_number=course)
        pending = [row for row in rows(connection, "grades/compare.columns", **key) if _is_pending(row)]
        if not pending:
            return {}
        counts = {"columns.created": 0, "columns.adopted": 0, "columns.renamed": 0, "columns.refused": 0}
        group = cache(lambda: read_group(api, course, canvas.group))  # read once, and only if an assignment is new
        for wanted in match_assignments(pending, read_assignments(api, course)):
            there = wanted.there or _create(course, wanted.row, group, api)
            counts[_put_in_place(connection, key, replace(wanted, there=there), canvas, api)] += 1
    return counts


def mark_of(column_id: UUID) -> str:
    """Return the mark that distinguishes our assignment in Canvas from any other."""
    return f"rollbook-{column_id}"


def _match_one(row: Row, there: Mapping[int, Assignment]) -> Wanted:
    number, reference = row["assignment_number"], mark_of(row["column_id"])
    found = (
        there.get(number) if number else next((one for one in there.values() if _has_reference(one, reference)), None)
    )
    if found is None:
        return Wanted(row, None, "refuse", "COLUMN_DELETED") if number else Wanted(row, None, "create")
    if not number:
        return Wanted(row, found, "adopt", found.obstacle)
    ours = row["title"], row["points"]
    renamed = ours != (row["sent_title"], row["sent_points"]) and ours != (found.title, found.points)
    return Wanted(row, found, "rename" if renamed else "keep", found.obstacle)


def _has_reference(column: Assignment, reference: str) -> bool:
    return any(reference in text for text in column.marks)


def _is_pending(row: Row) -> bool:
    return row["action"] in {"create", "adopt", "rename"} and row["reason"] is None


def _put_in_place(connection: Connection, key: Row, wanted: Wanted, canvas: Canvas, api: Client) -> str:
    """Make one Canvas assignment what it should be and record its number; return the name of its count."""
    row, done = wanted.row, {"create": "created", "adopt": "adopted"}.get(wanted.action, "renamed")
    there = wanted.there
    taken = there is not None and _finish(key["course_number"], there, wanted, canvas, api)
    reason = None if there and taken else "COLUMN_REFUSED"
    if there and taken:
        link = {"column_id": row["column_id"], "assignment_number": there.number}
        execute(connection, "grades/push.link_column", **key, **link, title=row["title"], points=row["points"])
    parameters = {"district_id": key["district_id"], "run_id": key["run_id"], "column_id": row["column_id"]}
    parameters |= {"action": wanted.action, "assignment_number": there.number if there else None}
    execute(connection, "grades/compare.write_column", **parameters, reason=reason)
    return f"columns.{done if taken else 'refused'}"


def _finish(course: int, there: Assignment, wanted: Wanted, canvas: Canvas, api: Client) -> bool:
    """Make a Canvas assignment what it should be before it is linked.

    A new assignment may lack the setting that the instructor posts its grades.
    """
    if wanted.action == "rename":
        return change_column(api, course, there.number, wanted.row["title"], wanted.row["points"])
    return canvas.post != "manual" or post_manually(api, there.number)


def _create(course: int, row: Row, group: Callable[[], int], api: Client) -> Assignment | None:
    """Create a Canvas assignment.

    If nobody knows whether Canvas created it, look for our mark before asking again (contract 1.3).
    """
    new = NewAssignment(
        title=row["title"],
        points=row["points"],
        due_at=row["due_at"].isoformat() if row["due_at"] else None,
        group=group(),
        mark=mark_of(row["column_id"]),
    )
    return _create_once(course, new, api)


def _create_once(course: int, new: NewAssignment, api: Client) -> Assignment | None:
    for attempt in range(_TRIES):
        try:
            return create_assignment(api, course, new)
        except SourceUnavailable:
            found: Sequence[Assignment] = [
                one for one in read_assignments(api, course) if _has_reference(one, new.mark)
            ]
            if found:
                return found[0]
            if attempt == _TRIES - 1:
                raise
    return None
