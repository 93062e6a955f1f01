"""Revert a run from history, in one transaction. An undo is a run, and can itself be reverted."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from pipelines.errors import SettingsInvalid, UndoConflict
from pipelines.runs import Counts, Run, undo_chain
from pipelines.store.engine import transaction
from pipelines.store.statements import execute, rows

LISTED = 1000  # at most so many conflicting rows are listed


def check(undone: Run) -> None:
    """Raise SettingsInvalid if the run changed nothing in the roster, or was undone already."""
    if undone.kind != "roster" or undone.status != "applied":
        raise SettingsInvalid(f"run {undone.run_id} changed nothing in the roster", fix="list the runs: rollbook runs")
    if undone.undone_by:
        fix = f"to apply run {undone.run_id} again, undo run {undone.undone_by}: rollbook undo --run {undone.undone_by}"
        raise SettingsInvalid(f"run {undone.run_id} was already undone by run {undone.undone_by}", fix=fix)


def undo(connection: Connection, run: Run, undone: Run) -> Counts:
    """Revert the run `undone` by the run `run`. Returns `undone`, the number of reverted rows.

    Raises UndoConflict if later runs changed the same rows, or built on them.
    """
    check(undone)
    original, is_in_force = undo_chain.original(undone)
    target = original if is_in_force else undone
    key = {"district_id": run.district_id, "undone": target.run_id}
    execute(connection, "store/temporary_tables.create_undo")
    execute(connection, "merge/undo.find_changed", **key, as_of=undone.as_of)
    conflicting = _conflicting_rows(connection, run)
    if conflicting:
        later = sorted({row["changed_by"] for row in conflicting})
        raise UndoConflict(
            f"later runs ({', '.join(map(str, later[-5:]))}) changed {len(conflicting)}"
            f"{' or more' if len(conflicting) == LISTED else ''} rows of run {undone.run_id}; nothing was undone",
            fix=f"list the rows: rollbook undo --run {undone.run_id} --conflicts; undo the later runs first",
        )
    if is_in_force:
        count = execute(connection, "merge/undo.revert", **key, as_of=undone.as_of, undoing=run.run_id).scalar_one()
    else:
        count = execute(connection, "merge/undo.restore", **key, original=original.run_id).scalar_one()
        _check_complete(undone, count)
        execute(connection, "merge/undo.mark_done", district_id=run.district_id, undoing=undone.run_id)
    for one in {target.run_id, undone.run_id}:
        marked = {"district_id": run.district_id, "undone": one, "as_of": undone.as_of}
        execute(connection, "merge/undo.mark_undone", **marked, undone_by=run.run_id)
    return {"undone": int(count)}


def conflicts(undone: Run) -> list[dict[str, Any]]:
    """Return the rows that later runs changed or built on: entity, id, class_id, user_id, changed_by.

    All ids are Rollbook's own. At most LISTED rows are returned.
    """
    check(undone)
    with transaction() as connection:
        original, is_in_force = undo_chain.original(undone)
        key = {"district_id": undone.district_id, "undone": (original if is_in_force else undone).run_id}
        execute(connection, "store/temporary_tables.create_undo")
        execute(connection, "merge/undo.find_changed", **key, as_of=undone.as_of)
        return _conflicting_rows(connection, undone)


def _conflicting_rows(connection: Connection, run: Run) -> list[dict[str, Any]]:
    found = rows(connection, "merge/undo.conflicts", rows=LISTED)
    return found or rows(connection, "merge/undo.sitting", district_id=run.district_id, rows=LISTED)


def _check_complete(undone: Run, count: int) -> None:
    """Raise UndoConflict if history no longer holds all rows of the undo.

    A late-arriving run may have rewritten the rows that the undo left in history.
    """
    if count != undone.counts.get("undone"):
        raise UndoConflict(
            f"history no longer has all rows of run {undone.run_id}: a late-arriving run has changed them",
            fix="replay the date from its snapshot: rollbook replay",
        )
