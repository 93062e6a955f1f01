"""Policies for the DAGs that send grades: what an engineer may rely on without reading the DAG file."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.airflow_home import PROJECT  # isort: skip - before anything of Airflow

from airflow.dag_processing.dagbag import DagBag

from tests.dags.test_roster_nightly import HEAVY, add_district

# What Airflow loads for any DAG of this kind comes first; only what our file adds to that is ours.
PARSE = """
import json, runpy, sys
from airflow.sdk import DAG, Asset, AssetOrTimeSchedule, BaseOperator, CronTriggerTimetable, Param, task, task_group
roster = AssetOrTimeSchedule(timetable=CronTriggerTimetable("0 5 * * *", timezone="UTC"), assets=[Asset("rollbook://b/r")])
with DAG("bare", schedule=roster):
    task(lambda: None, task_id="bare")()
before = set(sys.modules)
runpy.run_path(sys.argv[1])
print(json.dumps(sorted(set(sys.modules) - before)))
"""
CANVAS = {"connection": "canvas_springfield", "support": "help@springfield.example"}


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty configuration of this test's own."""
    (tmp_path / "districts").mkdir()
    monkeypatch.setenv("ROLLBOOK_CONFIG", str(tmp_path))
    return tmp_path


def dags() -> dict[str, Any]:
    bag = DagBag(dag_folder=str(PROJECT / "dags" / "gradebook_export.py"))
    assert bag.import_errors == {}
    return dict(bag.dags)


def test_only_a_district_with_a_canvas_has_an_export(config: Path) -> None:
    add_district(config, "springfield", canvas=CANVAS)
    add_district(config, "shelbyville")
    assert [*dags()] == ["gradebook_export__springfield"]


def test_courses_are_mapped_in_three_steps_and_the_report_comes_after_all_of_them(config: Path) -> None:
    add_district(config, "springfield", canvas=CANVAS)
    (dag,) = dags().values()
    assert {task.task_id for task in dag.tasks} == {
        "collect",
        "select",
        "course.compare",
        "course.push",
        "course.verify",
        "report",
    }
    order = ["collect", "select", "course.compare", "course.push", "course.verify", "report"]
    for task_id, follows in itertools.pairwise(order):
        assert follows in dag.get_task(task_id).downstream_task_ids
    assert dag.get_task("report").trigger_rule == "all_done"
    assert all(dag.get_task(task_id).get_closest_mapped_task_group() for task_id in order[2:5])


def test_an_export_runs_after_every_synced_roster_and_by_its_schedule(config: Path) -> None:
    add_district(config, "springfield", canvas=CANVAS | {"schedule": "30 4 * * *"})
    (dag,) = dags().values()
    assert [asset.uri for asset in dag.timetable.asset_condition.objects] == ["rollbook://springfield/roster"]
    assert (dag.timetable.timetable.expression, str(dag.timetable.timetable.timezone)) == (
        "30 4 * * *",
        "America/Chicago",
    )
    assert (dag.catchup, dag.max_active_runs) == (False, 1)


def test_a_disabled_districts_export_is_paused_and_names_its_support_contact(config: Path) -> None:
    add_district(config, "springfield", canvas=CANVAS, enabled=False)
    (dag,) = dags().values()
    assert dag.is_paused_upon_creation is True
    assert "help@springfield.example" in dag.doc_md
    assert dag.get_task("collect").owner == "rosters@springfield.example"


def test_unreadable_settings_do_not_affect_the_exports_of_other_districts(config: Path) -> None:
    add_district(config, "springfield", canvas=CANVAS)
    add_district(config, "brockway", canvas=CANVAS | {"shedule": "0 5 * * *"})
    add_district(config, "capital", canvas=CANVAS | {"schedule": "never"})
    assert [*dags()] == ["gradebook_export__springfield"]


def test_parsing_imports_no_heavy_library(config: Path) -> None:
    add_district(config, "springfield", canvas=CANVAS)
    command = [sys.executable, "-c", PARSE, str(PROJECT / "dags" / "gradebook_export.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = json.loads(done.stdout.splitlines()[-1])
    assert "pipelines.settings" in loaded
    assert [name for name in loaded if name.partition(".")[0] in HEAVY] == []
