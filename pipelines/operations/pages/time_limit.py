"""How long a page may take: whoever asked looks elsewhere by then, and its process is one that Airflow's tasks need."""

from __future__ import annotations

from contextlib import AbstractContextManager

from pipelines.store.engine import at_most

SECONDS = 10.0  # of one statement; the slowest page takes a fiftieth of it on a large district (docs/performance.md)
AT_ONCE = 8  # pages; a hundred that wait for a lock would take all of the API server's forty threads


def little() -> AbstractContextManager[None]:
    """Let no statement of this context take longer: it is WarehouseUnavailable then."""
    return at_most(SECONDS)
