"""The lease of a district: of the runs that Airflow starts side by side, only the lease's holder changes the roster.

A backfill gives a DAG up to ten runs at once, whatever the DAG allows. The lease records its holder's name. Only the
caller can determine whether the previous holder still runs.
"""

from __future__ import annotations

from pipelines.store.engine import transaction
from pipelines.store.statements import execute


def whose(district_id: str) -> str | None:
    """Return the holder of the district's lease, or None."""
    with transaction() as connection:
        holder: str | None = execute(connection, "runs/lease.whose", district_id=district_id).scalar_one_or_none()
    return holder


def acquire(district_id: str, holder: str, over: str | None = None) -> bool:
    """Acquire the lease, or renew it. Returns False if another holder has the lease.

    `over` is a holder that is known to have ended: the lease is taken over from that holder.
    """
    with transaction() as connection:
        taken = execute(connection, "runs/lease.acquire", district_id=district_id, holder=holder, over=over)
        return taken.scalar_one_or_none() is not None


def release(district_id: str, holder: str) -> None:
    """Release the lease, so that other runs may acquire it: the holder waits for something."""
    with transaction() as connection:
        execute(connection, "runs/lease.release", district_id=district_id, holder=holder)
