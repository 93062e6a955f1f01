"""Policies for the DAGs that request approval: what an engineer may rely on without reading the DAG file."""

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
from airflow.sdk.exceptions import ParamValidationError

from tests.dags.test_roster_nightly import HEAVY, add_district

# What Airflow loads for any DAG of this kind comes first; only what our file adds to that is ours.
PARSE = """
import json, runpy, sys
from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import DAG, Asset, Param, TriggerRule, chain, get_parsing_context, task
with DAG("bare", schedule=[Asset("rollbook://bare/holds")]):
    task(lambda: None, task_id="bare", outlets=[Asset("rollbook://bare/roster")])()
before = set(sys.modules)
runpy.run_path(sys.argv[1])
print(json.dumps(sorted(set(sys.modules) - before)))
"""
TASKS = ["brief", "decide", "apply", "ask"]


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty configuration of this test's own."""
    (tmp_path / "districts").mkdir()
    monkeypatch.setenv("ROLLBOOK_CONFIG", str(tmp_path))
    return tmp_path


def dags() -> dict[str, Any]:
    bag = DagBag(dag_folder=str(PROJECT / "dags" / "roster_holds.py"))
    assert bag.import_errors == {}
    assert bag.dags
    return dict(bag.dags)


def test_every_district_with_readable_settings_has_a_holds_dag(config: Path) -> None:
    add_district(config, "springfield")
    add_district(config, "shelbyville")
    (config / "districts" / "broken.yaml").write_text("district_id: broken\nname: [", encoding="utf-8")
    (config / "districts" / "latin.yaml").write_bytes("district_id: latin\nname: Peña".encode("latin-1"))
    assert set(dags()) == {"roster_holds__springfield", "roster_holds__shelbyville"}


def test_the_holds_dag_has_the_tasks_brief_decide_apply_and_ask(config: Path) -> None:
    add_district(config, "springfield")
    (dag,) = dags().values()
    assert dag.task_ids == TASKS
    for task_id, follows in itertools.pairwise(TASKS):
        assert dag.get_task(task_id).downstream_task_ids == {follows}
    outlets = {task.task_id: [asset.uri for asset in task.outlets] for task in dag.tasks if task.outlets}
    assert outlets == {"apply": ["rollbook://springfield/roster"], "ask": ["rollbook://springfield/holds"]}
    # A part that was rejected skips `apply`, and what is left is asked about all the same.
    rules = {task.task_id: task.trigger_rule for task in dag.tasks if task.trigger_rule != "all_success"}
    assert rules == {"ask": "none_failed"}


@pytest.mark.parametrize("enabled", [True, False])
def test_the_holds_dag_is_triggered_by_held_changes_and_starts_unpaused(config: Path, enabled: bool) -> None:
    add_district(config, "springfield", enabled=enabled)
    (dag,) = dags().values()
    assert [asset.uri for asset in dag.timetable.asset_condition.objects] == ["rollbook://springfield/holds"]
    assert dag.is_paused_upon_creation is False
    assert dag.max_active_runs >= 8  # a newer night's question does not wait for an older one's end


def test_an_approval_request_has_no_default_response_and_no_timeout(config: Path) -> None:
    add_district(config, "springfield")
    decide = dags()["roster_holds__springfield"].get_task("decide")
    assert (decide.options, decide.defaults) == (["Approve", "Reject"], None)
    assert decide.execution_timeout is None


def test_the_response_form_may_be_empty_and_refuses_wrong_types(config: Path) -> None:
    add_district(config, "springfield")
    params = dags()["roster_holds__springfield"].get_task("decide").params
    assert params.dump() == {"why": None, "holds": None}
    for name, wrong in {"why": 3, "holds": "1"}.items():
        with pytest.raises(ParamValidationError):
            params.get_param(name).resolve(wrong)


def test_the_holds_dag_names_its_owner_and_explains_how_to_respond(config: Path) -> None:
    add_district(config, "springfield")
    dag = dags()["roster_holds__springfield"]
    assert dag.tags == {"rollbook", "roster", "holds", "springfield"}
    assert {task.owner for task in dag.tasks} == {"rosters@springfield.example"}
    assert all(task.doc_md and task.retries >= 3 for task in dag.tasks)
    for needed in (
        "Required Actions",
        "hitlDetails",
        "rollbook plan approve",
        "runs.decisions",
        "runbook.md#hold_required",
    ):
        assert needed in dag.doc_md, f"doc_md does not mention {needed}"


def test_parsing_imports_no_heavy_library(config: Path) -> None:
    add_district(config, "springfield")
    command = [sys.executable, "-c", PARSE, str(PROJECT / "dags" / "roster_holds.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = json.loads(done.stdout.splitlines()[-1])
    assert "pipelines.settings" in loaded
    assert [name for name in loaded if name.partition(".")[0] in HEAVY] == []


def test_a_task_builds_its_own_dag_only(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_district(config, "springfield")
    add_district(config, "shelbyville")
    monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", "roster_holds__shelbyville")
    assert set(dags()) == {"roster_holds__shelbyville"}
