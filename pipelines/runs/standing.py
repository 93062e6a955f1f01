"""Which snapshot of each source the roster reflects wholly, if any: the one rule for a night without anything to do.

A run is `unchanged` only if each of its deliveries is such a snapshot, under the same rules. Every run that is applied
replaces what is recorded, in the transaction of its merge. So whatever leaves the roster short of a snapshot leads to a
new plan on the next night, whatever its bytes: a hold that is open, rejected, expired or stale, changes that a window
left out, a late-arriving run, an undo.
"""

from __future__ import annotations

from sqlalchemy import Connection

from pipelines.runs import Run
from pipelines.store.engine import transaction
from pipelines.store.statements import execute


def is_reflected(run: Run, source_n: int, source: str, digest: str, rules_version: str) -> bool:
    """Return whether the roster reflects this snapshot wholly. For a late-arriving run nothing is recorded."""
    if run.is_late:
        return False
    snapshot = {"source_n": source_n, "source": source, "digest": digest, "rules_version": rules_version}
    with transaction() as connection:
        reflected: bool = execute(
            connection, "runs/standing.is_reflected", district_id=run.district_id, **snapshot
        ).scalar_one()
    return reflected


def replace(connection: Connection, run: Run) -> None:
    """Record what the roster reflects after this run, in the transaction that applies the run.

    After a late-arriving run or an undo nothing is recorded: the newest night's snapshot has to be compared anew.
    """
    execute(connection, "runs/standing.clear", district_id=run.district_id)
    if not run.is_late and not run.reverts:
        execute(connection, "runs/standing.record", district_id=run.district_id, run_id=run.approves or run.run_id)
