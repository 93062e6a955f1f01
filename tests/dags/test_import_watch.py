"""Policies for the DAGs that watch for imports: what an engineer may rely on without reading the DAG file."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.airflow_home import PROJECT  # isort: skip - before anything of Airflow

from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import timezone
from airflow.serialization.decoders import decode_timetable
from airflow.serialization.encoders import encode_timetable
from airflow.timetables.base import DataInterval, TimeRestriction

from tests.dags.test_roster_nightly import HEAVY, add_district

PARSE = """
import json, runpy, sys
from airflow.sdk import DAG, MultipleCronTriggerTimetable, task
with DAG("bare", schedule=MultipleCronTriggerTimetable("0 5 * * *", timezone="UTC")):
    task(lambda: None, task_id="bare")()
before = set(sys.modules)
runpy.run_path(sys.argv[1])
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def source(by: str | None = None, kind: str = "sis_file") -> dict[str, Any]:
    return {"kind": kind} | ({"expected_by": by} if by else {})


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty configuration of this test's own."""
    (tmp_path / "districts").mkdir()
    monkeypatch.setenv("ROLLBOOK_CONFIG", str(tmp_path))
    return tmp_path


def dags() -> dict[str, Any]:
    bag = DagBag(dag_folder=str(PROJECT / "dags" / "import_watch.py"))
    assert bag.import_errors == {}
    return dict(bag.dags)


def test_only_districts_with_a_deadline_have_a_watcher_and_broken_settings_affect_no_other(config: Path) -> None:
    add_district(config, "springfield", sources=[source("05:00")])
    add_district(config, "shelbyville")
    add_district(config, "brockway", sources=[source("25:00")])
    assert [*dags()] == ["import_watch__springfield"]


def test_the_watcher_runs_at_each_deadline_in_the_districts_time_zone_without_catchup(config: Path) -> None:
    sources = [source("06:30"), source("05:00", "clever"), source("06:30", "canvas"), source()]
    add_district(config, "springfield", sources=sources, timezone="America/Denver")
    (dag,) = dags().values()
    timetable = decode_timetable(encode_timetable(dag.timetable))
    assert timetable.summary == "0 5 * * *, 30 6 * * *"
    assert "America/Denver" in str(encode_timetable(dag.timetable))
    assert (dag.catchup, dag.max_active_runs) == (False, 1)


def test_after_scheduler_downtime_the_latest_missed_check_is_run(config: Path) -> None:
    add_district(config, "springfield", sources=[source("05:00"), source("06:30", "clever")])
    (dag,) = dags().values()
    timetable, now = decode_timetable(encode_timetable(dag.timetable)), datetime.now(UTC)
    unrestricted = TimeRestriction(earliest=None, latest=None, catchup=False)
    before = DataInterval.exact(timezone.coerce_datetime(now - timedelta(days=3)))
    following = timetable.next_dagrun_info(last_automated_data_interval=before, restriction=unrestricted)
    assert following is not None
    assert now - timedelta(days=1) < following.run_after <= now


@pytest.mark.parametrize("enabled", [True, False])
def test_the_watcher_names_its_owner_and_is_paused_unless_the_district_is_enabled(config: Path, enabled: bool) -> None:
    add_district(config, "springfield", sources=[source("05:00")], enabled=enabled)
    (dag,) = dags().values()
    assert dag.is_paused_upon_creation is not enabled
    (look,) = dag.tasks
    assert look.owner == "rosters@springfield.example"
    assert look.retry_delay * look.retries < timedelta(minutes=10)
    for needed in ("IMPORT_MISSING", "docs/runbook.md", "05:00, America/Chicago", "rollbook check"):
        assert needed in dag.doc_md.replace("`", "").replace(")", ""), needed


def test_parsing_imports_no_heavy_library(config: Path) -> None:
    add_district(config, "springfield", sources=[source("05:00")])
    command = [sys.executable, "-c", PARSE, str(PROJECT / "dags" / "import_watch.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = json.loads(done.stdout.splitlines()[-1])
    assert "pipelines.settings" in loaded
    assert [name for name in loaded if name.partition(".")[0] in HEAVY] == []
