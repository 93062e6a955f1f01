"""The record of a run: what happened, and no value of a row."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pipelines import runs
from pipelines.errors import ContractBroken, SettingsInvalid, StalePlan
from pipelines.runs.request import NightRequest, Scope
from pipelines.store.engine import transaction
from tests.town import FIRST, Town

REQUEST = NightRequest(district_id="springfield", as_of=FIRST, scope=Scope(schools=("0101",)), plan_only=True)


def test_a_run_is_loaded_with_its_request(warehouse: str) -> None:
    night = runs.load(runs.start(REQUEST))
    assert (night.district_id, night.as_of, night.status, night.request) == ("springfield", FIRST, "running", REQUEST)


def test_loading_an_unknown_run_raises_settings_invalid(warehouse: str) -> None:
    with pytest.raises(SettingsInvalid, match="no run 7"):
        runs.load(7)


def test_only_a_failed_run_may_be_resumed(warehouse: str) -> None:
    for status, after in (("failed", "running"), ("stopped", "stopped"), ("applied", "applied")):
        run_id = runs.start(REQUEST)
        runs.finish(run_id, status, ContractBroken("a column is missing"))
        assert runs.load(run_id).code == "CONTRACT_BROKEN"
        runs.resume(run_id)
        assert runs.load(run_id).status == after


def test_a_retried_step_is_listed_once_with_its_last_try(warehouse: str) -> None:
    night = runs.load(runs.start(REQUEST))
    runs.record_step(night, "extract", False, 1.0, {})
    runs.record_step(night, "extract", True, 2.0, {"files": 1})
    runs.record_step(night, "validate", True, 3.0, {"received": 5})
    assert [(one["step"], one["ok"], one["seconds"]) for one in runs.steps(night)] == [
        ("extract", True, 2.0),
        ("validate", True, 3.0),
    ]
    assert runs.load(night.run_id).counts == {"files": 1, "received": 5}


def test_the_newest_night_is_the_latest_date_that_the_roster_describes(warehouse: str) -> None:
    assert runs.newest_night("springfield") is None
    for days, status in ((1, "applied"), (2, "unchanged"), (3, "planned"), (4, "stopped"), (5, "failed")):
        run_id = runs.start(REQUEST.model_copy(update={"as_of": FIRST + timedelta(days=days)}))
        runs.finish(run_id, status)
    assert runs.newest_night("springfield") == FIRST + timedelta(days=2)
    assert runs.newest_night("shelbyville") is None


def test_the_last_import_is_of_the_applied_run_and_counts_rows_only_for_the_same_layout(synced: Town) -> None:
    last = runs.last_import("springfield", "sis_file", 0, "combined")
    assert last is not None
    assert last["run_id"] == 1
    assert last["received_rows"] == synced.one("select received_rows from runs.imports")
    other = runs.last_import("springfield", "sis_file", 0, "staff")
    assert other is not None
    assert (other["digest"], other["received_rows"]) == (last["digest"], None)
    assert runs.last_import("springfield", "sis_file", 1, "combined") is None
    assert runs.last_import("springfield", "clever", 0, "combined") is None
    assert runs.last_import("shelbyville", "sis_file", 0, "combined") is None


def test_recent_runs_are_listed_newest_first_and_by_district(warehouse: str) -> None:
    for district in ("springfield", "shelbyville", "springfield"):
        runs.start(REQUEST.model_copy(update={"district_id": district}))
    assert [one["run_id"] for one in runs.recent(None)] == [3, 2, 1]
    assert [one["run_id"] for one in runs.recent("springfield")] == [3, 1]
    assert [one["run_id"] for one in runs.recent(None, 1)] == [3]


def test_a_newer_run_stops_older_running_runs_of_its_district(warehouse: str) -> None:
    killed = runs.start(REQUEST)
    elsewhere = runs.start(REQUEST.model_copy(update={"district_id": "shelbyville"}))
    applied = runs.start(REQUEST)
    runs.finish(applied, "applied")
    newer = runs.load(runs.start(REQUEST))
    assert runs.overtake(newer) == [killed]
    states = [runs.load(run_id).status for run_id in (killed, elsewhere, applied, newer.run_id)]
    assert states == ["stopped", "running", "applied", "running"]
    assert runs.load(killed).code == "STALE_PLAN"


def test_a_run_whose_staging_is_gone_is_stale(warehouse: str) -> None:
    night = runs.load(runs.start(REQUEST))
    with pytest.raises(StalePlan), transaction() as connection:
        runs.see_staging(connection, night, 0)
