"""Import Details: every import, including the unchanged, the refused and the missing ones (GC-17 to GC-19)."""

from __future__ import annotations

from typing import Any

from pipelines.operations.pages.paging import bounds
from pipelines.store.engine import transaction
from pipelines.store.statements import execute, rows

STATUSES = ("applied", "unchanged", "received", "refused", "missing")


def listed(district_id: str, words: str | None, status: str | None, page: int | None) -> list[dict[str, Any]]:
    """Return a page of the imports, newest first; `found` in each row counts all of them.

    `words` is searched in run, night, source, layout, status and code, ignoring case.
    """
    wanted = {"district_id": district_id, "words": words or None, "status": status or None}
    with transaction() as connection:
        return rows(connection, "operations/pages/imports.listed", **wanted, **bounds(page))


def run_of(district_id: str, dag_id: str, dag_run_id: str) -> int | None:
    """Return the newest run that a DAG run of Airflow performed; None if it performed none."""
    key = {"district_id": district_id, "dag_run": f"{dag_id}/{dag_run_id}"}
    with transaction() as connection:
        found: int | None = execute(connection, "operations/pages/imports.run_of", **key).scalar_one()
    return found
