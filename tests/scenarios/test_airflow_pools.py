"""Districts of one vendor wait for each other in a pool of a real Airflow, with a connection stored in Airflow."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.demo import rest
from sandbox.vendors.handle import Sandbox
from sandbox.vendors.serving import serving
from tests.airflow_town import AirflowTown, dag_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

DISTRICTS = ("pooled_one", "pooled_two")
POOL = {"name": "rollbook_canvas", "slots": 1, "description": "Canvas is read for one district at a time"}


@pytest.fixture
def vendor(airflow: AirflowTown) -> Iterator[Sandbox]:
    """Serve a Canvas, with a connection in Airflow's own database."""
    with serving(students=30) as sandbox:
        named = {"connection_id": "canvas_pooled", "conn_type": "canvas"}
        opens = {"host": sandbox.addresses["canvas"], "password": sandbox.first.canvas_token}
        airflow.ask("POST", "/connections", json=named | opens)
        yield sandbox
        airflow.ask("DELETE", "/connections/canvas_pooled")


def extract_of(airflow: AirflowTown, district_id: str, dag_run_id: str) -> dict[str, Any]:
    path = f"/dags/{dag_of(district_id)}/dagRuns/{dag_run_id}/taskInstances/extract"
    task: dict[str, Any] = airflow.ask("GET", path)
    return task


def test_pulls_wait_for_a_missing_pool_and_then_run_one_after_the_other(airflow: AirflowTown, vendor: Sandbox) -> None:
    begun = {}
    for district_id in DISTRICTS:
        rest.wait_for_dag(airflow.airflow, airflow.session, dag_of(district_id))
        begun[district_id] = rest.trigger(airflow.airflow, airflow.session, dag_of(district_id), {})
    # As docs/deploy.md warns: the tasks wait, and only the scheduler's log gives the reason.
    deadline = time.monotonic() + 120
    while extract_of(airflow, "pooled_one", begun["pooled_one"])["state"] != "scheduled":
        assert time.monotonic() < deadline
        time.sleep(0.2)
    time.sleep(5)
    assert {extract_of(airflow, *one)["state"] for one in begun.items()} == {"scheduled"}
    log = (airflow.airflow.home / "logs" / "scheduler.log").read_text(encoding="utf-8")
    assert "non-existent pool 'rollbook_canvas'" in log
    assert vendor.requests("canvas") == []

    airflow.ask("POST", "/pools", json=POOL)
    try:
        assert {airflow.wait(*one).state for one in begun.items()} == {"success"}
    finally:
        airflow.ask("DELETE", "/pools/rollbook_canvas")
    pulls = sorted((extract_of(airflow, *one) for one in begun.items()), key=lambda task: str(task["start_date"]))
    assert {task["pool"] for task in pulls} == {"rollbook_canvas"}
    assert pulls[0]["end_date"] <= pulls[1]["start_date"]
    for district_id in DISTRICTS:
        assert [status for _, status in airflow.nights(district_id)] == ["applied"]
