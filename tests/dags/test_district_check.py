"""Policies for the DAGs that check a district: what an engineer may rely on without reading the DAG file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.airflow_home import PROJECT  # isort: skip - before anything of Airflow

from airflow.dag_processing.dagbag import DagBag

from tests.dags.test_roster_nightly import HEAVY, add_district

FILE = PROJECT / "dags" / "district_check.py"
PARSE = """
import json, runpy, sys
from airflow.sdk import DAG, CronTriggerTimetable, get_parsing_context, task
with DAG("bare"):
    task(lambda: None, task_id="bare")()
before = set(sys.modules)
runpy.run_path(sys.argv[1])
print(json.dumps(sorted(set(sys.modules) - before)))
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty configuration of this test's own."""
    (tmp_path / "districts").mkdir()
    monkeypatch.setenv("ROLLBOOK_CONFIG", str(tmp_path))
    return tmp_path


def dags() -> dict[str, Any]:
    bag = DagBag(dag_folder=str(FILE))
    assert bag.import_errors == {}
    return dict(bag.dags)


def test_every_valid_district_has_a_check_dag_although_another_districts_settings_are_broken(config: Path) -> None:
    add_district(config, "springfield")
    add_district(config, "brockway", timezone="Mars/Phobos")
    assert [*dags()] == ["district_check__springfield"]


def test_the_check_runs_weekly_in_the_districts_time_zone_and_is_not_retried(config: Path) -> None:
    add_district(config, "springfield")
    dag = dags()["district_check__springfield"]
    assert (dag.timetable.expression, str(dag.timetable.timezone)) == ("0 10 * * 1", "America/Chicago")
    assert (dag.catchup, dag.max_active_runs) == (False, 1)
    assert [(task.task_id, task.retries) for task in dag.tasks] == [("check", 0)]


def test_the_check_dag_of_a_disabled_district_is_paused(config: Path) -> None:
    add_district(config, "springfield", enabled=False)
    assert dags()["district_check__springfield"].is_paused_upon_creation


def test_the_check_dag_names_its_owner_and_explains_red(config: Path) -> None:
    add_district(config, "springfield")
    dag = dags()["district_check__springfield"]
    assert dag.tags == {"rollbook", "check", "springfield"}
    assert {task.owner for task in dag.tasks} == {"rosters@springfield.example"}
    assert "**Red**" in dag.doc_md


def test_parsing_the_check_dag_imports_no_heavy_library(config: Path) -> None:
    add_district(config, "springfield")
    done = subprocess.run([sys.executable, "-c", PARSE, str(FILE)], capture_output=True, text=True, check=True)
    loaded = json.loads(done.stdout.splitlines()[-1])
    assert "pipelines.settings" in loaded
    assert [name for name in loaded if name.split(".")[0] in HEAVY] == []
