"""Grades are exported under a real scheduler: after each synced roster, and also to a slow Canvas."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from sandbox.demo import rest
from sandbox.vendors.serving import serving
from tests.airflow_town import AirflowTown
from tests.school import School
from tests.town import world

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

DAG = "gradebook_export__graded"
COURSE = ("course.compare", "course.push", "course.verify")


@pytest.fixture
def here(airflow: AirflowTown) -> Iterator[School]:
    """Serve the district's Canvas, with a connection in Airflow's own database."""
    there = world()
    with serving(worlds=[there]) as sandbox:
        named = {"connection_id": "canvas_graded", "conn_type": "canvas"}
        opens = {"host": sandbox.addresses["canvas"], "password": sandbox.first.canvas_token}
        airflow.ask("POST", "/connections", json=named | opens)
        row = next(row for row in range(len(there.classes)) if (there.enrolled == row).any(axis=1).sum() >= 5)
        yield School(airflow.district("graded"), sandbox, there, row)
        airflow.ask("DELETE", "/connections/canvas_graded")


def exports(airflow: AirflowTown) -> list[tuple[str, ...]]:
    """Return the status of each export of the district, in order."""
    return airflow.district("graded").ask(
        "select status from runs.runs where district_id = 'graded' and kind = 'gradebook' order by run_id"
    )


def export(airflow: AirflowTown) -> str:
    return rest.trigger(airflow.airflow, airflow.session, DAG, {})


def wait(airflow: AirflowTown, dag_run_id: str) -> rest.DagRun:
    return rest.wait_for_run(airflow.airflow, airflow.session, DAG, dag_run_id, 180)


def states_of_push(airflow: AirflowTown, dag_run_id: str) -> set[str]:
    found = airflow.ask("GET", f"/dags/{DAG}/dagRuns/{dag_run_id}/taskInstances")["task_instances"]
    return {str(one["state"]) for one in found if one["task_id"] == "course.push"}


def test_a_synced_roster_starts_an_export_and_a_slow_canvas_occupies_no_worker(
    airflow: AirflowTown, here: School
) -> None:
    today = world(as_of=datetime.now(UTC).date())
    airflow.district("graded").deliver(today)
    assert airflow.trigger("graded", as_of=today.as_of.isoformat()).state == "success"
    followed = wait_for_first(airflow)
    assert followed.tasks["report"] in {"success", "skipped"}
    assert exports(airflow) == [("unchanged",)]

    here.score("quiz-1", {0: 8, 1: 9.5, 2: None})
    here.sandbox.behave(canvas_job_seconds=15)  # a worker waits for ten seconds only
    running = export(airflow)
    deadline, seen = time.monotonic() + 120, set[str]()
    while "deferred" not in seen and time.monotonic() < deadline:
        seen |= states_of_push(airflow, running)
        time.sleep(0.3)
    assert "deferred" in seen
    ended = wait(airflow, running)
    assert (ended.state, {ended.tasks[name] for name in COURSE}) == ("success", {"success"})
    assert here.in_canvas("quiz-1") == {0: 8.0, 1: 9.5}
    assert exports(airflow) == [("unchanged",), ("applied",)]

    here.sandbox.clear()
    assert wait(airflow, export(airflow)).state == "success"
    assert here.sandbox.writes("canvas") == []
    assert exports(airflow)[-1] == ("unchanged",)


def wait_for_first(airflow: AirflowTown) -> rest.DagRun:
    """Wait for the export that the roster's asset event started."""
    deadline = time.monotonic() + 120
    while not (found := airflow.ask("GET", f"/dags/{DAG}/dagRuns")["dag_runs"]):
        assert time.monotonic() < deadline
        time.sleep(0.5)
    assert [one["run_type"] for one in found] == ["asset_triggered"]
    return wait(airflow, found[0]["dag_run_id"])
