"""Revert a run from history, in one transaction. An undo is a run, and can itself be reverted."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from pipelines.errors import SettingsInvalid, UndoConflict
from pipelines.runs import Counts, Run
from pipelines.store.engine import transaction
from pipelines.store.statements import execute, rows

LISTED = 1000  # at most so many conflicting rows are listed


def check(undone: Run) -> None:
    """Raise SettingsInvalid if the run changed nothing in the roster, or was undone already."""
    if undone.kind != "roster" or undone.status != "applied":
        raise SettingsInvalid(f"run {undone.run_id} changed nothing in the roster", fix="list the runs: rollbook runs")
    if undone.undone_by:
        fix = f"to have it back, undo that: rollbook undo --run {undone.undone_by}"
        raise SettingsInvalid(f"run {undone.run_id} was undone by run {undone.undone_by} already", fix=fix)


def undo(connection: Connection, run: Run, undone: Run) -> Counts:
    """Revert the run `undone` by the run `night`. Returns `undone`, the number of reverted rows.

    Raises UndoConflict if later runs changed the same rows, or built on them.
    """
    check(undone)
    told = {"district_id": run.district_id, "undone": undone.run_id}
    execute(connection, "store/temporary_tables.create_undo")
    execute(connection, "merge/undo.find_changed", **told, as_of=undone.as_of)
    in_the_way = _in_the_way(connection, run)
    if in_the_way:
        later = sorted({row["changed_by"] for row in in_the_way})
        raise UndoConflict(
            f"{len(in_the_way)}{' or more' if len(in_the_way) == LISTED else ''} rows of run {undone.run_id} were "
            f"changed since, by run {', '.join(map(str, later[-5:]))}; nothing was taken back",
            fix=f"see which: rollbook undo --run {undone.run_id} --conflicts; undo the later run first",
        )
    original = undone.reverts
    if original is None:
        taken = execute(connection, "merge/undo.revert", **told, as_of=undone.as_of, undoing=run.run_id).scalar_one()
        execute(connection, "merge/undo.mark_undone", **told, as_of=undone.as_of, undone_by=run.run_id)
    else:
        taken = execute(connection, "merge/undo.restore", **told, original=original).scalar_one()
        _check_whole(undone, taken)
        execute(connection, "merge/undo.mark_done", district_id=run.district_id, undoing=undone.run_id)
        execute(connection, "merge/undo.mark_undone", **told, as_of=undone.as_of, undone_by=run.run_id)
    return {"undone": int(taken)}


def conflicts(undone: Run) -> list[dict[str, Any]]:
    """Return the rows that later runs changed or built on: entity, id, class_id, user_id, changed_by.

    All ids are Rollbook's own. At most LISTED rows are returned.
    """
    check(undone)
    with transaction() as connection:
        told = {"district_id": undone.district_id, "undone": undone.run_id}
        execute(connection, "store/temporary_tables.create_undo")
        execute(connection, "merge/undo.find_changed", **told, as_of=undone.as_of)
        return _in_the_way(connection, undone)


def _in_the_way(connection: Connection, run: Run) -> list[dict[str, Any]]:
    found = rows(connection, "merge/undo.conflicts", rows=LISTED)
    return found or rows(connection, "merge/undo.sitting", district_id=run.district_id, rows=LISTED)


def _check_whole(undone: Run, taken: int) -> None:
    """Raise UndoConflict if history no longer holds all rows of the undo.

    A late-arriving run of an older night may have rewritten what the undo left in history.
    """
    if taken != undone.counts.get("undone"):
        raise UndoConflict(
            f"run {undone.run_id} is not whole in history any more: older nights were filled in since",
            fix="sync the night again from its snapshot",
        )
