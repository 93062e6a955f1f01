"""Limit how long a page may take: the reader gives up by then, and Airflow's tasks need the same process."""

from __future__ import annotations

from contextlib import AbstractContextManager

from pipelines.store.engine import at_most

SECONDS = 10.0  # of one statement; the slowest page takes a fiftieth of it on a large district (docs/performance.md)
AT_ONCE = 8  # pages; a hundred pages that wait for a lock would take all forty threads of the API server


def little() -> AbstractContextManager[None]:
    """Limit each statement of this context to SECONDS; one that takes longer raises WarehouseUnavailable."""
    return at_most(SECONDS)
