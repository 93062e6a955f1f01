"""A running Airflow over a folder of districts, for scenario tests: the actions of an engineer, and their results."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import requests

from pipelines.store.engine import dispose
from sandbox.demo import processes, rest, services
from tests import warehouse as postgresql
from tests.town import Told, Town
from tests.warehouse import Server

OWNERS = {"default": "rosters@district.example"}
# The night that was due last is a 29th of February.
NEVER: dict[str, Any] = {"schedule": "0 0 29 2 *"}
HELD: dict[str, Any] = NEVER | {"limits": {"archive_percent": 10, "archive_rows": 5, "turn_days": 0}}
NIGHT_SECONDS = 180  # a night takes ten seconds on two idle cores


@dataclass(frozen=True)
class AirflowTown:
    """Districts in one folder and one warehouse, their DAGs in one Airflow with a scheduler."""

    folder: Path
    warehouse_url: str
    metadata_url: str
    airflow: services.Airflow
    session: requests.Session = field(repr=False)

    def district(self, district_id: str) -> Town:
        """Return one district: its files, and its part of the warehouse."""
        return Town(self.folder, self.warehouse_url, district_id)

    def trigger(self, district_id: str, **conf: Any) -> rest.DagRun:
        """Trigger a run as the UI's form does, and wait for its end."""
        dag_id = dag_of(district_id)
        rest.wait_for_dag(self.airflow, self.session, dag_id)
        return self.wait(district_id, rest.trigger(self.airflow, self.session, dag_id, conf))

    def sync(self, district_id: str, as_of: date) -> Told:
        """Sync a date without Airflow, which is several times slower: for runs that a test only builds upon."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.airflow.environment.items():
                if name.startswith("ROLLBOOK_"):
                    patch.setenv(name, value)
            ended = self.district(district_id).sync(as_of)
            dispose()
        return ended

    def backfill(self, district_id: str, first: date, last: date) -> None:
        """Start a backfill as the page does; the command takes ten seconds to start."""
        body = {"dag_id": dag_of(district_id), "from_date": f"{first}T00:00Z", "to_date": f"{last}T23:59Z"}
        self.ask("POST", "/backfills", json=body | {"max_active_runs": 1})

    def wait(self, district_id: str, dag_run_id: str) -> rest.DagRun:
        """Wait until a DAG run has ended."""
        return rest.wait_for_run(self.airflow, self.session, dag_of(district_id), dag_run_id, NIGHT_SECONDS)

    def runs(self, district_id: str, run_type: str) -> list[dict[str, Any]]:
        """Return the district's DAG runs of a type, by logical date."""
        path = f"/dags/{dag_of(district_id)}/dagRuns"
        found = self.ask("GET", path, params={"run_type": run_type, "order_by": "logical_date"})["dag_runs"]
        return list(found)

    def wait_for_runs(self, district_id: str, run_type: str, count: int) -> list[str]:
        """Wait until so many runs of a type have ended, and return their states in order."""
        deadline = time.monotonic() + NIGHT_SECONDS + 60  # its slot may just have passed
        while time.monotonic() < deadline:
            states = [run["state"] for run in self.runs(district_id, run_type)[:count]]
            if len(states) == count and set(states) <= rest.FINISHED:
                return states
            time.sleep(0.5)
        raise AssertionError(f"not {count} finished {run_type} runs: {self.runs(district_id, run_type)}")

    def events(self, district_id: str) -> list[dict[str, Any]]:
        """Return what the district's asset events pass to their consumers, oldest first."""
        query = {"source_dag_id": dag_of(district_id), "order_by": "timestamp"}
        return [event["extra"] for event in self.ask("GET", "/assets/events", params=query)["asset_events"]]

    def ask(self, method: str, path: str, **body: Any) -> Any:
        """Call Airflow's REST API."""
        return rest.call(self.airflow, self.session, method, path, **body)

    def note(self, run: rest.DagRun, task_id: str = "") -> str:
        """Return Rollbook's note on a DAG run or a task. A callback writes the note some moments after the end."""
        path = f"/dags/{run.dag_id}/dagRuns/{run.dag_run_id}" + (f"/taskInstances/{task_id}" if task_id else "")
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            note = str(self.ask("GET", path)["note"] or "")
            if "**Rollbook:**" in note:
                return note
            time.sleep(0.5)
        raise AssertionError(f"no note on {run.dag_id} {task_id}")

    def command(self, *arguments: str) -> str:
        """Run an `airflow` command, and return what the command printed."""
        return services.command(self.airflow, *arguments)

    def nights(self, district_id: str) -> list[tuple[str, str]]:
        """Return Rollbook's runs of the district in order: as_of and status."""
        query = "select as_of::text, status from runs.runs where district_id = %s order by run_id"
        return [(as_of, status) for as_of, status in self.district(district_id).ask(query, district_id)]


def dag_of(district_id: str) -> str:
    """Return the id of the district's nightly DAG."""
    return f"roster_nightly__{district_id}"


def holds_dag_of(district_id: str) -> str:
    """Return the id of the district's DAG that requests approval of holds."""
    return f"roster_holds__{district_id}"


def question(airflow: AirflowTown, district_id: str) -> dict[str, Any]:
    """Wait until an approval request of the district is in Required Actions, and return the request."""
    query = {"dag_id_pattern": holds_dag_of(district_id), "response_received": "false", "state": "awaiting_input"}
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        found = airflow.ask("GET", "/dags/~/dagRuns/~/hitlDetails", params=query)["hitl_details"]
        if found:
            (one,) = found
            # If a response comes within the second of the request, Airflow 3.3 treats the task as killed and asks
            # again. No person responds so quickly.
            time.sleep(3)
            return dict(one)
        time.sleep(0.5)
    raise AssertionError("nobody was asked")


def answer(airflow: AirflowTown, asked: dict[str, Any], option: str, **form: Any) -> rest.DagRun:
    """Respond by REST, as the page does, and wait for the end of the DAG run."""
    task = asked["task_instance"]
    dag_id, run = task["dag_id"], task["dag_run_id"]
    path = f"/dags/{dag_id}/dagRuns/{run}/taskInstances/decide/-1/hitlDetails"
    airflow.ask("PATCH", path, json={"chosen_options": [option], "params_input": form})
    return rest.wait_for_run(airflow.airflow, airflow.session, dag_id, run, 120)


@contextmanager
def started(server: Server, folder: Path, name: str, districts: dict[str, dict[str, Any]]) -> Iterator[AirflowTown]:
    """Start an Airflow with DAGs for these districts, on two databases of the server."""
    with (
        postgresql.database(server, f"{name}_warehouse") as warehouse_url,
        postgresql.database(server, f"{name}_metadata", template="template0") as metadata_url,
    ):
        for district_id, facts in districts.items():
            Town(folder, warehouse_url, district_id).settle(**({"enabled": True, "owners": OWNERS} | facts))
        environment = {
            "ROLLBOOK_CONFIG": str(folder / "config"),
            "ROLLBOOK_HOME": str(folder / "home"),
            "ROLLBOOK_WAREHOUSE_URL": warehouse_url,
            "ROLLBOOK_POOLS": "canvas",  # test_airflow_pools.py makes the pool
            # No DAG file changes meanwhile; parsing so many districts' every half minute takes time from their nights.
            "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3600",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin,user:user,viewer:viewer",
        }
        try:
            airflow = services.start(folder / "airflow", metadata_url, environment, port=0)
            yield AirflowTown(folder, warehouse_url, metadata_url, airflow, rest.sign_in(airflow))
        finally:
            processes.stop(folder / "airflow")
