"""The seconds that Airflow adds to a run: the DAG's wall time less that of `rollbook sync` on the same files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import pytest

from sandbox import nights
from sandbox.district import World
from tests.airflow_town import AirflowTown
from tests.town import world

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

NIGHTS = 3
ADDED_SECONDS = 15  # on two cores
BY_AIRFLOW, BY_HAND = "by_airflow", "by_hand"


def test_airflow_adds_at_most_fifteen_seconds_to_a_run(airflow: AirflowTown) -> None:
    night = nights.Night(world(), {})  # what Airflow adds does not depend on the size
    added = []
    for _ in range(NIGHTS):
        by_hand, by_airflow = seconds_by_hand(airflow, night.world), seconds_by_airflow(airflow, night.world)
        added.append(by_airflow - by_hand)
        night = nights.evolve(night.world, seed=3, percent=1)
    assert {status for _, status in airflow.nights(BY_AIRFLOW) + airflow.nights(BY_HAND)} == {"applied"}
    assert median(added) <= ADDED_SECONDS, added


def seconds_by_airflow(airflow: AirflowTown, delivered: World) -> float:
    airflow.district(BY_AIRFLOW).deliver(delivered)
    run = airflow.trigger(BY_AIRFLOW, as_of=delivered.as_of.isoformat())
    assert run.state == "success"
    return run.seconds


def seconds_by_hand(airflow: AirflowTown, delivered: World) -> float:
    airflow.district(BY_HAND).deliver(delivered)
    command = [str(Path(sys.executable).parent / "rollbook"), "sync", "-d", BY_HAND, "--json"]
    began = time.perf_counter()
    done = subprocess.run(
        [*command, "--as-of", delivered.as_of.isoformat()],
        env=os.environ | airflow.airflow.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - began
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["status"] == "applied"
    return seconds
