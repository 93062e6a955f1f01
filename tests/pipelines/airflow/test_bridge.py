"""The bridge: Airflow's dates and forms become requests, and Rollbook's errors become Airflow's."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import tests.airflow_home  # isort: skip  # noqa: F401 - before anything of Airflow

from airflow.sdk.api.datamodels._generated import DagRun, DagRunState, DagRunType
from airflow.sdk.exceptions import (
    AirflowException,
    AirflowFailException,
)

from pipelines.airflow import bridge
from tests.town import FIRST, Town, world

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


def context(run_type: DagRunType = DagRunType.MANUAL, logical_date: str | None = None, **params: Any) -> dict[str, Any]:
    """A task's context, as far as a request depends on it; due at 2026-11-24 09:30 in Chicago."""
    now = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
    dag_run = DagRun(
        dag_id="roster_nightly__springfield",
        run_id="a-run",
        logical_date=datetime.fromisoformat(logical_date) if logical_date else None,
        data_interval_start=now,  # where `airflow dags trigger -l` leaves it, whatever the logical date
        data_interval_end=now,
        run_after=now,
        start_date=now,
        end_date=None,
        partition_key=None,
        run_type=run_type,
        state=DagRunState.RUNNING,
        consumed_asset_events=[],
    )
    empty = {"as_of": None, "schools": None, "term": None, "source": None, "plan_only": False, "path": None}
    return {"dag_run": dag_run, "ti": SimpleNamespace(dag_id=dag_run.dag_id, run_id="a-run"), "params": empty | params}


@pytest.mark.parametrize(
    ("run_type", "logical_date", "as_of"),
    [
        (DagRunType.SCHEDULED, "2026-11-24T08:00+00:00", date(2026, 11, 24)),  # 02:00 in Chicago
        (DagRunType.SCHEDULED, "2026-11-24T02:00+00:00", date(2026, 11, 23)),  # 20:00 the evening before
        (DagRunType.SCHEDULED, "2026-11-24T00:00+00:00", date(2026, 11, 23)),  # 18:00, no bare date: a schedule
        (DagRunType.BACKFILL, "2026-09-01T07:00+00:00", date(2026, 9, 1)),
        (DagRunType.MANUAL, "2026-09-01T03:00+00:00", date(2026, 8, 31)),
        (DagRunType.MANUAL, "2026-09-01T00:00+00:00", date(2026, 9, 1)),  # typed as `-l 2026-09-01`
        (DagRunType.MANUAL, None, date(2026, 11, 24)),
        (DagRunType.ASSET_TRIGGERED, None, date(2026, 11, 24)),
    ],
)
def test_as_of_is_the_districts_local_date_of_the_logical_date(
    run_type: DagRunType, logical_date: str | None, as_of: date
) -> None:
    assert bridge.night_request("springfield", context(run_type, logical_date)).as_of == as_of


def test_the_forms_date_overrides_the_logical_date() -> None:
    asked = context(DagRunType.SCHEDULED, "2026-11-24T08:00+00:00", as_of="2026-10-02")
    assert bridge.night_request("springfield", asked).as_of == date(2026, 10, 2)


def test_an_empty_form_requests_a_full_run() -> None:
    request = bridge.night_request("springfield", context())
    assert (request.scope.schools, request.scope.term, request.scope.source) == (None, None, None)
    assert request.model_dump(include={"plan_only", "path"}) == {"plan_only": False, "path": None}


def test_a_filled_form_limits_the_runs_scope() -> None:
    told = {"schools": ["S1", "S2"], "term": "2026-T1", "course": "4711", "source": "sis_file", "path": "by/hand.csv"}
    asked = context(**told, plan_only=True)
    request = bridge.night_request("springfield", asked)
    assert (request.scope.schools, request.scope.term, request.scope.source) == (("S1", "S2"), "2026-T1", "sis_file")
    assert request.scope.course == "4711"
    assert request.model_dump(include={"plan_only", "path"}) == {"plan_only": True, "path": "by/hand.csv"}


def test_a_backfill_may_only_plan_and_is_refused_if_it_names_a_path() -> None:
    assert bridge.night_request("springfield", context(DagRunType.BACKFILL, plan_only=True)).plan_only
    with pytest.raises(AirflowFailException, match="leave `path` empty"):
        bridge.night_request("springfield", context(DagRunType.BACKFILL, path="by/hand.csv"))


@pytest.mark.parametrize(
    ("run_type", "scheduled"),
    [
        (DagRunType.MANUAL, False),
        (DagRunType.ASSET_MATERIALIZATION, False),
        (DagRunType.SCHEDULED, True),
        (DagRunType.BACKFILL, True),
        (DagRunType.ASSET_TRIGGERED, True),
    ],
)
def test_every_run_except_one_by_hand_counts_as_scheduled(run_type: DagRunType, scheduled: bool) -> None:
    assert bridge.night_request("springfield", context(run_type)).scheduled is scheduled


@dataclass
class Told:
    """Airflow's task instance, as far as a step speaks to it; no other run is under way."""

    pushed: list[int] = field(default_factory=list)
    dag_id: str = "roster_nightly__springfield"
    run_id: str = "1"

    def get_dr_count(self, dag_id: str, run_ids: list[str], states: list[str]) -> int:
        return 0

    def xcom_push(self, key: str, value: int) -> None:
        assert key == "run_id"
        self.pushed.append(value)


def extract(town: Town, run_type: DagRunType) -> AirflowException | None:
    """What Airflow gets to see of an extract on the first night's file."""
    try:
        bridge.perform("extract", town.district_id, context(run_type, as_of=FIRST.isoformat()) | {"ti": Told()})
    except AirflowException as error:
        return error
    return None


def test_a_failed_self_check_refuses_scheduled_runs_but_not_runs_by_hand(town: Town) -> None:
    town.settle(enabled=True, terms=[])
    town.deliver(world())
    refused = extract(town, DagRunType.SCHEDULED)
    assert type(refused) is AirflowFailException
    assert str(refused).startswith("CHECK_FAILED: scope: the scope is empty: terms")
    assert town.ask("select status, code from runs.runs") == [("stopped", "CHECK_FAILED")]
    assert town.one("select count(*) from runs.imports") == 0
    assert extract(town, DagRunType.MANUAL) is None
    town.settle(enabled=True)
    assert extract(town, DagRunType.SCHEDULED) is None


def test_a_disabled_district_is_skipped_even_if_its_self_check_failed(town: Town) -> None:
    town.settle(terms=[])
    assert "DISTRICT_DISABLED" in str(extract(town, DagRunType.SCHEDULED))


def test_the_watcher_checks_the_night_of_its_logical_date_however_late_it_runs(town: Town) -> None:
    town.settle(enabled=True, timezone="America/Chicago", sources=[town.source(expected_by="05:00")])
    with pytest.raises(AirflowFailException, match=r"IMPORT_MISSING: .* for 2026-09-01, expected by 05:00"):
        bridge.watch(town.district_id, context(DagRunType.SCHEDULED, "2026-09-01T10:00+00:00"))
    town.night(world())
    bridge.watch(town.district_id, context(DagRunType.SCHEDULED, "2026-09-01T10:00+00:00"))


@pytest.mark.parametrize("run_type", DagRunType)
def test_only_a_backfill_is_a_replay_of_landed_snapshots(run_type: DagRunType) -> None:
    request = bridge.night_request("springfield", context(run_type, "2026-09-01T07:00+00:00"))
    assert request.kind == ("replay" if run_type is DagRunType.BACKFILL else "night")
