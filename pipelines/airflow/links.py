"""Addresses of pages in Airflow's UI, as a person opens them; and the button on a task that opens its page.

DAG files import this module while Airflow parses them, so it imports nothing heavy.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import attrs
from airflow.sdk import BaseOperatorLink
from airflow.sdk.configuration import conf


def link(*parts: Any) -> str | None:
    """Return the address of a page below Airflow's own address; None where `[api] base_url` is not set."""
    base = (conf.get("api", "base_url", fallback="") or "").rstrip("/")
    return "/".join([base, *(quote(str(part), safe="") for part in parts)]) if base else None


def run_page(district_id: str, run_id: int, page: str = "") -> str | None:
    """Return the address of a run's page, or of one of its subpages: `holds`, `validations`, `grades`."""
    return link("rollbook", district_id, "runs", run_id, *filter(None, [page]))


def district_page(district_id: str, page: str) -> str | None:
    """Return the address of one of a district's own pages: `imports`, `check`."""
    return link("rollbook", district_id, page)


def dag_run_page(dag_id: str, dag_run_id: str) -> str | None:
    """Return the address of Airflow's own page of a DAG run, for a DAG run that began no run of Rollbook."""
    return link("dags", dag_id, "runs", dag_run_id)


def task_page(dag_id: str, dag_run_id: str, task_id: str) -> str | None:
    """Return the address of Rollbook's page about a task, shown inside Airflow's own page."""
    return link("dags", dag_id, "runs", dag_run_id, "tasks", task_id, "plugin", "rollbook-task")


@attrs.define()
class PageLink(BaseOperatorLink):
    """A button in a task's details, named after the page that it opens. Airflow stores the address as an XCom."""

    page: str = "Rollbook"

    @property
    def name(self) -> str:
        """Return the button's label."""
        return self.page

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """Return the address, also for a task that failed; an empty string where `task_page` has none."""
        return task_page(ti_key.dag_id, ti_key.run_id, ti_key.task_id) or ""


def lead(task: Any, page: str) -> Any:
    """Add a button that opens `page` to a task made by the TaskFlow API, and return the task."""
    task.operator.operator_extra_links = (PageLink(page),)
    return task
