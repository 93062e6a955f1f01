"""Addresses of pages in Airflow's UI, as a person opens them; and the button on a task that leads to its page.

DAG files read it while they are parsed, so it imports nothing heavy.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import attrs
from airflow.sdk import BaseOperatorLink
from airflow.sdk.configuration import conf


def link(*parts: Any) -> str | None:
    """The address of a page below Airflow's own; None where `[api] base_url` does not say what that is."""
    base = (conf.get("api", "base_url", fallback="") or "").rstrip("/")
    return "/".join([base, *(quote(str(part), safe="") for part in parts)]) if base else None


def run_page(district_id: str, run_id: int, page: str = "") -> str | None:
    """A run's page; or one of its own: `holds`, `validations`, `grades`."""
    return link("rollbook", district_id, "runs", run_id, *filter(None, [page]))


def district_page(district_id: str, page: str) -> str | None:
    """One of a district's own pages: `imports`, `check`."""
    return link("rollbook", district_id, page)


def dag_run_page(dag_id: str, dag_run_id: str) -> str | None:
    """Airflow's own page of a DAG run: for one that began no run of ours."""
    return link("dags", dag_id, "runs", dag_run_id)


def task_page(dag_id: str, dag_run_id: str, task_id: str) -> str | None:
    """The page of ours that tells of a task, in Airflow's own frame."""
    return link("dags", dag_id, "runs", dag_run_id, "tasks", task_id, "plugin", "rollbook-task")


@attrs.define()
class PageLink(BaseOperatorLink):
    """A button among a task's details, called as the page that it leads to. Airflow keeps its address as an XCom."""

    page: str = "Rollbook"

    @property
    def name(self) -> str:
        """What the button is called."""
        return self.page

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """The address; of a task that failed, too."""
        return task_page(ti_key.dag_id, ti_key.run_id, ti_key.task_id) or ""


def lead(task: Any, page: str) -> Any:
    """Give a task, as the TaskFlow API made it, a button that leads to its page."""
    task.operator.operator_extra_links = (PageLink(page),)
    return task
