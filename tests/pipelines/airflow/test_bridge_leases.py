"""The lease: runs of one district that Airflow starts at the same time change its roster one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

import tests.airflow_home  # isort: skip  # noqa: F401 - before anything of Airflow

from airflow.sdk.exceptions import (
    AirflowRescheduleException,
)

from pipelines.airflow import bridge

SETTINGS = """
district_id: springfield
name: Springfield USD
timezone: America/Chicago
sources: [{kind: sis_file, path: drop/roster.csv}]
"""


@pytest.fixture(autouse=True)
def _district(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "districts").mkdir()
    (tmp_path / "districts" / "springfield.yaml").write_text(SETTINGS, encoding="utf-8")
    monkeypatch.setenv("ROLLBOOK_CONFIG", str(tmp_path))


@dataclass
class Runs:
    """What Airflow tells a task of its DAG's runs: the running ones, by their nights."""

    running: list[str]
    run_id: str
    dag_id: str = "roster_nightly__springfield"

    def get_dr_count(self, dag_id: str, run_ids: list[str], states: list[str]) -> int:
        return len({*run_ids} & {*self.running})

    def get_previous_dagrun(self, state: str) -> str | None:
        return next((run for run in self.running if run < self.run_id), None)


def may(run_id: str, running: list[str], run_type: str = "backfill") -> bool:
    """Whether a run goes on now."""
    told = {"ti": Runs(running, run_id), "dag_run": SimpleNamespace(run_type=run_type)}
    try:
        bridge.acquire_lease("springfield", told)
    except AirflowRescheduleException:
        return False
    return True


def test_a_run_without_the_lease_is_rescheduled_within_a_minute(warehouse: str) -> None:
    told = {"ti": Runs(["1", "2"], "2"), "dag_run": SimpleNamespace(run_type="backfill")}
    with pytest.raises(AirflowRescheduleException) as waits:
        bridge.acquire_lease("springfield", told)
    assert timedelta(0) < waits.value.reschedule_date - datetime.now(UTC) < timedelta(minutes=1)


def test_runs_of_a_backfill_take_the_lease_one_by_one_earliest_first(warehouse: str) -> None:
    assert [may(run, ["1", "2", "3"]) for run in "321"] == [False, False, True]
    assert [may(run, ["2", "3"]) for run in "32"] == [False, True]  # the first is over, and gave nothing back
    assert may("3", ["3"])


def test_an_earlier_night_that_starts_later_waits_for_the_running_one(warehouse: str) -> None:
    assert may("5", ["5"])
    assert not may("4", ["4", "5"])
    assert may("5", ["4", "5"])  # its next step
    assert may("4", ["4"])


def test_a_scheduled_night_waits_for_the_lease_holder_but_not_for_earlier_nights(warehouse: str) -> None:
    assert may("2", ["1", "2"], "scheduled")
    assert not may("1", ["1", "2"], "manual")
    bridge.release_lease("springfield", {"ti": Runs([], "2")})  # it waits for its file
    assert may("1", ["1", "2"], "manual")
