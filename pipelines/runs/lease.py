"""Whose turn it is to change a district's roster: nights of one district that Airflow runs side by side take turns.

A backfill gives a DAG up to ten runs at once, whatever the DAG allows. A turn is by whoever's name: only the caller
knows whether the one before is still at work.
"""

from __future__ import annotations

from pipelines.store.engine import transaction
from pipelines.store.statements import execute


def whose(district_id: str) -> str | None:
    """Who has the turn."""
    with transaction() as connection:
        holder: str | None = execute(connection, "runs/lease.whose", district_id=district_id).scalar_one_or_none()
    return holder


def take(district_id: str, holder: str, over: str | None = None) -> bool:
    """Take the turn, or keep it; `over` is who is known to have gone. False: it is somebody else's."""
    with transaction() as connection:
        taken = execute(connection, "runs/lease.take", district_id=district_id, holder=holder, over=over)
        return taken.scalar_one_or_none() is not None


def give_back(district_id: str, holder: str) -> None:
    """Let others have the turn: the holder waits for something."""
    with transaction() as connection:
        execute(connection, "runs/lease.give_back", district_id=district_id, holder=holder)
