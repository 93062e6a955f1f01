"""Import Details: every import, the unchanged, the refused and the missing ones, too (GC-17 to GC-19)."""

from __future__ import annotations

from typing import Any

from pipelines.operations.pages.paging import bounds
from pipelines.store.engine import transaction
from pipelines.store.statements import execute, rows

STATUSES = ("applied", "unchanged", "received", "refused", "missing")


def listed(district_id: str, words: str | None, status: str | None, page: int | None) -> list[dict[str, Any]]:
    """A page of the imports, newest first; each row says in `found` how many there are in all.

    `words` is looked for in run, night, source, layout, status and code, without regard to case.
    """
    wanted = {"district_id": district_id, "words": words or None, "status": status or None}
    with transaction() as connection:
        return rows(connection, "operations/pages/imports.listed", **wanted, **bounds(page))


def run_of(district_id: str, dag_id: str, dag_run_id: str) -> int | None:
    """The newest run that a DAG run of Airflow performed, if any."""
    key = {"district_id": district_id, "dag_run": f"{dag_id}/{dag_run_id}"}
    with transaction() as connection:
        found: int | None = execute(connection, "operations/pages/imports.run_of", **key).scalar_one()
    return found
