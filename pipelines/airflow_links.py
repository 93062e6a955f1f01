"""Addresses of pages in Airflow's UI, as a person opens them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from airflow.sdk.configuration import conf


def link(*parts: Any) -> str | None:
    """The address of a page below Airflow's own; None where `[api] base_url` does not say what that is."""
    base = (conf.get("api", "base_url", fallback="") or "").rstrip("/")
    return "/".join([base, *(quote(str(part), safe="") for part in parts)]) if base else None


def run_page(district_id: str, run_id: int, page: str = "") -> str | None:
    """A run's page; or one of its own: `holds`, `validations`, `grades`."""
    return link("rollbook", district_id, "runs", run_id, *filter(None, [page]))


def imports_page(district_id: str) -> str | None:
    """The list of a district's imports."""
    return link("rollbook", district_id, "imports")


def dag_run_page(dag_id: str, dag_run_id: str) -> str | None:
    """Airflow's own page of a DAG run: for one that began no run of ours."""
    return link("dags", dag_id, "runs", dag_run_id)
