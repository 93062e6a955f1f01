"""Policies for the nightly DAGs: what an engineer may rely on without reading the DAG file."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.airflow_home import PROJECT  # isort: skip - before anything of Airflow

import itertools

from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.exceptions import AirflowFailException, ParamValidationError
from airflow.serialization.decoders import decode_timetable
from airflow.serialization.encoders import encode_timetable
from airflow.timetables.base import TimeRestriction

STEPS = ["extract", "validate", "stage", "plan", "review", "merge", "audit", "report"]
HEAVY = ["pandas", "pandera", "great_expectations", "pyarrow", "sqlalchemy", "psycopg"]

# What Airflow loads for any DAG at all comes first; only what our file adds to that is ours.
PARSE = """
import json, runpy, sys, time
from airflow.sdk import DAG, Asset, CronTriggerTimetable, Param, TriggerRule, chain, get_parsing_context, task
with DAG("bare"):
    task(lambda: None, task_id="bare", outlets=[Asset("rollbook://bare/roster")])()
before, began = set(sys.modules), time.process_time()
runpy.run_path(sys.argv[1])
seconds = time.process_time() - began
print(json.dumps({"seconds": seconds, "loaded": sorted(set(sys.modules) - before)}))
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty configuration of this test's own."""
    (tmp_path / "districts").mkdir()
    monkeypatch.setenv("ROLLBOOK_CONFIG", str(tmp_path))
    return tmp_path


def add_district(config: Path, district_id: str, **changes: Any) -> None:
    facts = {
        "district_id": district_id,
        "name": f"{district_id.title()} USD",
        "timezone": "America/Chicago",
        "schedule": "0 2 * * *",
        "enabled": True,
        "sources": [{"kind": "sis_file", "path": "drop/{as_of}/roster.csv"}],
        "owners": {"default": f"rosters@{district_id}.example"},
    }
    (config / "districts" / f"{district_id}.yaml").write_text(yaml.safe_dump(facts | changes), encoding="utf-8")


def dags_of(config: Path) -> dict[str, Any]:
    """Parse `dags/` as the dag-processor does; nothing there may fail, and something must be there.

    The DAGs that ask about holds are left to `test_roster_holds.py`, those that check to `test_district_check.py`.
    """
    bag = DagBag(dag_folder=str(PROJECT / "dags"))
    assert not bag.import_errors
    assert bag.dags, f"no DAG at all from {config}"
    others = ("roster_holds__", "district_check__")
    return {dag_id: dag for dag_id, dag in bag.dags.items() if not dag_id.startswith(others)}


def test_pulls_of_a_vendor_share_a_pool_only_if_the_installation_names_one(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_district(config, "springfield", sources=[{"kind": "sis_file"}, {"kind": "clever"}, {"kind": "canvas"}])
    add_district(config, "oakdale", sources=[{"kind": "sis_file"}])

    def pools() -> dict[str, set[str]]:
        return {
            dag_id: {task.pool for task in dag.tasks if (task.task_id == "extract")}
            for dag_id, dag in dags_of(config).items()
        }

    assert set.union(*pools().values()) == {"default_pool"}
    monkeypatch.setenv("ROLLBOOK_POOLS", "canvas, clever")
    assert pools() == {
        "roster_nightly__springfield": {"rollbook_clever"},
        "roster_nightly__oakdale": {"default_pool"},
    }
    others = {task.pool for task in dags_of(config)["roster_nightly__springfield"].tasks if task.task_id != "extract"}
    assert others == {"default_pool"}  # only the pull asks the vendor


def test_the_shipped_configuration_makes_only_paused_dags(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("ROLLBOOK_CONFIG", raising=False)
    dags = dags_of(PROJECT / "config")
    assert "roster_nightly__springfield" in dags
    assert [dag_id for dag_id, dag in dags.items() if not dag.is_paused_upon_creation] == []


def test_every_district_file_makes_one_dag(config: Path) -> None:
    for district_id in ("springfield", "shelbyville", "ogdenville"):
        add_district(config, district_id)
    assert set(dags_of(config)) == {
        "roster_nightly__springfield",
        "roster_nightly__shelbyville",
        "roster_nightly__ogdenville",
    }


def test_the_nightly_dag_has_eight_steps_in_a_row_and_then_requests_approval(config: Path) -> None:
    add_district(config, "springfield")
    dag = dags_of(config)["roster_nightly__springfield"]
    assert dag.task_ids == [*STEPS, "ask"]
    buttons = {task.task_id: [link.name for link in task.operator_extra_links] for task in dag.tasks}
    assert (buttons["validate"], buttons["extract"]) == (["Failed validations"], ["Run"])
    followers = {task_id: sorted(dag.get_task(task_id).downstream_task_ids) for task_id in dag.task_ids}
    assert followers == {step: [after] for step, after in itertools.pairwise([*STEPS, "ask"])} | {"ask": []}


def test_the_nightly_dag_names_its_owner_and_explains_what_to_do(config: Path) -> None:
    add_district(config, "springfield")
    dag = dags_of(config)["roster_nightly__springfield"]
    assert dag.tags == {"rollbook", "roster", "springfield"}
    assert {task.owner for task in dag.tasks} == {"rosters@springfield.example"}
    for needed in (*STEPS, "docs/runbook.md", "config/districts/springfield.yaml", "rollbook quarantine", "Plan only"):
        assert needed.lower() in dag.doc_md.lower(), f"doc_md does not mention {needed}"
    assert all(task.doc_md for task in dag.tasks)


def test_nights_run_one_at_a_time_without_catchup_in_the_districts_time_zone(config: Path) -> None:
    add_district(config, "springfield", schedule="30 3 * * 1-5", timezone="America/Denver")
    dag = dags_of(config)["roster_nightly__springfield"]
    assert dag.max_active_runs == 1
    assert dag.catchup is False
    assert (dag.timetable.expression, str(dag.timetable.timezone)) == ("30 3 * * 1-5", "America/Denver")


def test_the_first_run_of_a_new_district_is_its_next_scheduled_night(config: Path) -> None:
    now = datetime.now(UTC)
    add_district(config, "springfield", schedule=f"{now.minute} {(now.hour - 1) % 24} * * *", timezone="UTC")
    timetable = decode_timetable(encode_timetable(dags_of(config)["roster_nightly__springfield"].timetable))
    unrestricted = TimeRestriction(earliest=None, latest=None, catchup=False)
    first = timetable.next_dagrun_info(last_automated_data_interval=None, restriction=unrestricted)
    assert first is not None
    assert first.run_after > now


@pytest.mark.parametrize("enabled", [True, False])
def test_a_new_dag_is_paused_unless_its_district_is_enabled(config: Path, enabled: bool) -> None:
    add_district(config, "springfield", enabled=enabled)
    assert dags_of(config)["roster_nightly__springfield"].is_paused_upon_creation is not enabled


def test_every_task_has_retries_with_growing_delays_and_a_timeout(config: Path) -> None:
    add_district(config, "springfield")
    for task in dags_of(config)["roster_nightly__springfield"].tasks:
        assert task.retries >= 3, task.task_id
        assert task.retry_exponential_backoff == 2.0
        assert timedelta(minutes=1) <= task.retry_delay < task.max_retry_delay <= timedelta(hours=1)
        assert task.execution_timeout is not None


def test_extract_retries_longer_than_the_steps_that_need_only_the_warehouse(config: Path) -> None:
    add_district(config, "springfield")
    dag = dags_of(config)["roster_nightly__springfield"]
    assert dag.get_task("extract").retries > dag.get_task("merge").retries
    assert dag.get_task("extract").retry_delay > dag.get_task("merge").retry_delay


def test_extract_tries_of_the_settings_sets_the_retries_of_extract(config: Path) -> None:
    add_district(config, "springfield", extract_tries=1)
    dag = dags_of(config)["roster_nightly__springfield"]
    assert (dag.get_task("extract").retries, dag.get_task("merge").retries) == (0, 3)


def test_only_the_report_runs_after_a_failure_and_sends_the_rosters_asset_event(config: Path) -> None:
    add_district(config, "springfield")
    dag = dags_of(config)["roster_nightly__springfield"]
    assert {task.task_id for task in dag.tasks if task.trigger_rule == "all_done"} == {"report"}
    outlets = {task.task_id: [asset.uri for asset in task.outlets] for task in dag.tasks if task.outlets}
    assert outlets == {"report": ["rollbook://springfield/roster"], "ask": ["rollbook://springfield/holds"]}


def test_the_trigger_form_may_be_empty_and_refuses_wrong_types(config: Path) -> None:
    add_district(config, "springfield")
    params = dags_of(config)["roster_nightly__springfield"].params
    assert params.dump() == {
        "as_of": None,
        "schools": None,
        "term": None,
        "course": None,
        "source": None,
        "plan_only": False,
        "path": None,
    }
    for name, wrong in {"as_of": "yesterday", "schools": "S1", "plan_only": "yes", "term": 3}.items():
        with pytest.raises(ParamValidationError):
            params.get_param(name).resolve(wrong)


@pytest.mark.parametrize(
    ("name", "content", "named"),
    [
        ("broken", "district_id: broken\nname: [", "the file is not valid YAML"),
        ("typo", "district_id: typo\nname: T\nenabeld: true\nsources: [{kind: sis_file}]", "did you mean 'enabled'?"),
        (
            "cron",
            "district_id: cron\nname: C\nschedule: every night\nsources: [{kind: sis_file}]",
            "SETTINGS_INVALID: schedule:",
        ),
        ("empty", "", "not a set of keys and values"),
        ("mars", "district_id: mars\nname: M\ntimezone: Mars/Olympus\nsources: [{kind: sis_file}]", "mars.yaml"),
        ("often", "district_id: often\nname: O\nschedule: often\nsources: [{kind: sis_file}]", "schedule: "),
        (
            "graded",
            "district_id: graded\nname: G\ncanvas: {connection: c, schedule: often}\nsources: [{kind: sis_file}]",
            "canvas.schedule: ",
        ),
        ("Not An Id", "district_id: Not An Id\nname: N\nsources: [{kind: sis_file}]", "district_id"),
    ],
)
def test_an_invalid_settings_file_fails_only_its_own_districts_runs(
    config: Path, name: str, content: str, named: str
) -> None:
    add_district(config, "springfield")
    (config / "districts" / f"{name}.yaml").write_text(content, encoding="utf-8")
    dags = dags_of(config)
    broken = dags[f"roster_nightly__{name.replace(' ', '_')}"]
    assert "settings-invalid" not in dags["roster_nightly__springfield"].tags
    assert "settings-invalid" in broken.tags
    assert named in broken.doc_md
    with pytest.raises(AirflowFailException, match="SETTINGS_INVALID"):
        broken.get_task("extract").python_callable()


def test_a_settings_file_that_is_not_text_fails_only_its_own_districts_runs(config: Path) -> None:
    add_district(config, "springfield")
    (config / "districts" / "latin.yaml").write_bytes("district_id: latin\nname: Peña".encode("latin-1"))
    dags = dags_of(config)
    assert "settings-invalid" in dags["roster_nightly__latin"].tags
    assert "settings-invalid" not in dags["roster_nightly__springfield"].tags


def test_parsing_is_fast_and_imports_no_heavy_library(config: Path) -> None:
    for number in range(3):
        add_district(config, f"district{number}")
    done = subprocess.run(
        [sys.executable, "-c", PARSE, str(PROJECT / "dags" / "roster_nightly.py")],
        check=True,
        capture_output=True,
        text=True,
    )
    parsed = json.loads(done.stdout.splitlines()[-1])
    assert parsed["seconds"] < 0.3
    assert "pipelines.settings" in parsed["loaded"]
    assert [module for module in parsed["loaded"] if module.split(".")[0] in HEAVY] == []
    ours = {module for module in parsed["loaded"] if module.startswith("pipelines.")}
    # What a callback and a button are made of.
    names = ("bridge", "links", "notes", "notifications", "translation")
    callbacks = {f"pipelines.airflow.{name}" for name in names}
    settings = {f"pipelines.{name}" for name in ("errors", "settings", "settings.notify", "settings.windows")}
    assert ours == callbacks | settings


def test_a_task_builds_its_own_dag_only(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_district(config, "springfield")
    add_district(config, "shelbyville")
    monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", "roster_nightly__shelbyville")
    assert set(dags_of(config)) == {"roster_nightly__shelbyville"}
