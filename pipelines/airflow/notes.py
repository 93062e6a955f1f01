"""Notes on Airflow's DAG runs and tasks: a night's result in counts, where everybody looks first.

A task can't write a note by itself; Airflow's REST API can. If the connection `rollbook_airflow` says how to sign in
to the API, notes are written; without that connection there are none. If a note can't be written, the night goes on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from airflow.sdk import Connection
from airflow.sdk.exceptions import AirflowNotFoundException

from pipelines.airflow import links, translation

if TYPE_CHECKING:
    from pipelines.runs import Run

log = logging.getLogger(__name__)

CONNECTION = "rollbook_airflow"
_OURS = "**Rollbook:** "  # the text after this mark is replaced; what a person wrote before it stays
_SECONDS = 5  # a callback has twenty in all
_COUNTS = ("received", "quarantined", "planned", "held")

Context = Mapping[str, Any]


def note_night(context: Context) -> None:
    """Write the night's result on the DAG run. Airflow calls this back after `report`, however that task ends."""
    from pipelines import runs

    run_id = context["ti"].xcom_pull(task_ids="extract", key="run_id")
    if run_id is not None:
        _write(context, "", lambda: _of_night(runs.load(int(run_id))))


def note_failure(context: Context) -> None:
    """Write on a failed task its error code and where to read on. Every task of a night has this callback."""
    ti = context["ti"]
    page = links.task_page(ti.dag_id, ti.run_id, ti.task_id)
    explained = translation.explained_by(context)
    code = explained.code if explained else "UNEXPECTED"
    text = f"`{code}`: see `docs/runbook.md#{code.lower()}`" + (f", and [what was found]({page})" if page else "")
    _write(context, f"/taskInstances/{quote(ti.task_id)}", lambda: text)


def _of_night(run: Run) -> str:
    counts = ", ".join(f"{name} {run.counts[name]:,}" for name in _COUNTS if run.counts.get(name))
    counted = f" {counts}." if counts else ""
    code = f" `{run.code}`" if run.code else ""
    page = links.run_page(run.district_id, run.run_id)
    more = f" [What was found, planned and held]({page})" if page else ""
    return f"run {run.run_id} for {run.as_of}: {run.status}{code}.{counted}{more}"


def _write(context: Context, below: str, text: Callable[[], str]) -> None:
    """Write a note on the DAG run, or on the part of it that the path `below` names."""
    import requests

    try:
        connection = Connection.get(CONNECTION)
    except AirflowNotFoundException:
        return
    dag_run = context["dag_run"]
    path = f"{connection.host}/api/v2/dags/{quote(dag_run.dag_id)}/dagRuns/{quote(dag_run.run_id, safe='')}{below}"
    login = {"username": connection.login, "password": connection.password}
    try:
        with requests.Session() as session:
            signed_in = session.post(f"{connection.host}/auth/token", json=login, timeout=_SECONDS)
            signed_in.raise_for_status()
            session.headers["Authorization"] = f"Bearer {signed_in.json()['access_token']}"
            found = session.get(path, timeout=_SECONDS)
            found.raise_for_status()
            before = (found.json().get("note") or "").partition(_OURS)[0].rstrip()
            note = f"{before}\n\n{_OURS}{text()}".lstrip()
            session.patch(path, json={"note": note}, timeout=_SECONDS).raise_for_status()
    except Exception as error:  # noqa: BLE001 - the night has its colour by now, and keeps it
        log.warning("no note was written: %s", type(error).__name__)
