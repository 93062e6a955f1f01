"""The bridge: what our errors and Airflow's dates become on the other side."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg.errors
import pytest
import sqlalchemy.exc

import tests.airflow_home  # isort: skip  # noqa: F401 - before anything of Airflow

from airflow.sdk.api.datamodels._generated import DagRun, DagRunState, DagRunType
from airflow.sdk.exceptions import (
    AirflowException,
    AirflowFailException,
    AirflowRescheduleException,
    AirflowSkipException,
)

from pipelines import errors
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


def concrete(kind: type[errors.RollbookError]) -> list[type[errors.RollbookError]]:
    found = kind.__subclasses__()
    assert found, f"{kind.__name__} has no errors below it"
    return found


def answer_to(error: Exception) -> Exception:
    """What Airflow gets to see when a step raises `error`."""

    def step() -> None:
        raise error

    with pytest.raises(AirflowException) as caught:
        bridge.translate_errors(step)
    return caught.value


@pytest.mark.parametrize("kind", concrete(errors.Retry))
def test_an_error_that_passes_by_itself_is_retried(kind: type[errors.RollbookError]) -> None:
    assert type(answer_to(kind("not there yet"))) is AirflowException


@pytest.mark.parametrize("kind", concrete(errors.Stop) + concrete(errors.AskHuman))
def test_an_error_that_needs_a_person_fails_without_a_retry(kind: type[errors.RollbookError]) -> None:
    assert type(answer_to(kind("a column is missing"))) is AirflowFailException


@pytest.mark.parametrize("kind", concrete(errors.Skip))
def test_nothing_to_do_is_a_skip(kind: type[errors.RollbookError]) -> None:
    assert type(answer_to(kind("older than the roster"))) is AirflowSkipException


def test_every_error_of_ours_has_an_answer() -> None:
    roots = {errors.Retry, errors.Stop, errors.Skip, errors.AskHuman}
    assert set(concrete(errors.RollbookError)) == roots


def test_airflow_shows_our_message_as_it_is() -> None:
    error = errors.ContractBroken(
        "no column 'Student ID'", place=errors.Place("roster.csv", 1), owner="SIS admin", fix="rename it back"
    )
    assert str(answer_to(error)) == str(error)


@pytest.mark.parametrize("kind", [errors.SourceUnavailable, errors.ContractBroken, errors.Blackout])
def test_an_error_keeps_its_fields_on_airflows_exception(kind: type[errors.RollbookError]) -> None:
    error = kind("no column 'term'", place=errors.Place("roster.csv", 1), owner="SIS admin", fix="rename it")
    assert bridge.explained_by({"exception": answer_to(error)}) == error.explained


def test_an_exception_that_is_not_ours_and_a_callback_without_one_have_no_fields() -> None:
    assert bridge.explained_by({"exception": AirflowFailException("the report is written")}) is None
    assert bridge.explained_by({}) is None


def test_an_unforeseen_error_fails_and_its_message_stays_behind(caplog: pytest.LogCaptureFixture) -> None:
    def step() -> None:
        try:
            int("Canary Jones")
        except ValueError as error:
            raise KeyError("canary@springfield.example") from error

    with caplog.at_level(logging.DEBUG), pytest.raises(AirflowFailException) as caught:
        bridge.translate_errors(step)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert "canary" not in (str(caught.value) + caplog.text).lower()
    assert "UNEXPECTED: KeyError at test_bridge.py:" in str(caught.value)
    assert "test_bridge.py" in caplog.text


def test_an_unforeseen_database_error_is_told_by_its_code() -> None:
    error = sqlalchemy.exc.IntegrityError(
        "INSERT", {"email": "canary@springfield.example"}, psycopg.errors.UniqueViolation("canary@springfield.example")
    )
    answer = str(answer_to(error))
    assert "IntegrityError 23505" in answer
    assert "canary" not in answer


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
def test_the_night_is_the_districts_date_of_the_logical_date(
    run_type: DagRunType, logical_date: str | None, as_of: date
) -> None:
    assert bridge.night_request("springfield", context(run_type, logical_date)).as_of == as_of


def test_the_forms_date_wins_over_the_runs() -> None:
    asked = context(DagRunType.SCHEDULED, "2026-11-24T08:00+00:00", as_of="2026-10-02")
    assert bridge.night_request("springfield", asked).as_of == date(2026, 10, 2)


def test_an_empty_form_asks_for_everything() -> None:
    request = bridge.night_request("springfield", context())
    assert (request.scope.schools, request.scope.term, request.scope.source) == (None, None, None)
    assert request.model_dump(include={"plan_only", "path"}) == {"plan_only": False, "path": None}


def test_a_filled_form_narrows_the_night() -> None:
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
def test_only_a_run_by_hand_goes_without_the_district_being_enabled(run_type: DagRunType, scheduled: bool) -> None:
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


def test_a_scheduled_run_is_refused_while_the_check_is_red_and_a_run_by_hand_is_not(town: Town) -> None:
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


def test_a_district_that_is_not_enabled_is_skipped_whether_its_check_is_red_or_not(town: Town) -> None:
    town.settle(terms=[])
    assert "DISTRICT_DISABLED" in str(extract(town, DagRunType.SCHEDULED))


def test_the_watcher_looks_at_the_night_of_its_own_date_however_late_it_is(town: Town) -> None:
    town.settle(enabled=True, timezone="America/Chicago", sources=[town.source(expected_by="05:00")])
    with pytest.raises(AirflowFailException, match=r"IMPORT_MISSING: .* of 2026-09-01, expected by 05:00"):
        bridge.watch(town.district_id, context(DagRunType.SCHEDULED, "2026-09-01T10:00+00:00"))
    town.night(world())
    bridge.watch(town.district_id, context(DagRunType.SCHEDULED, "2026-09-01T10:00+00:00"))


@pytest.mark.parametrize("run_type", DagRunType)
def test_only_a_backfill_reads_what_was_kept_of_a_night(run_type: DagRunType) -> None:
    request = bridge.night_request("springfield", context(run_type, "2026-09-01T07:00+00:00"))
    assert request.kind == ("replay" if run_type is DagRunType.BACKFILL else "night")


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


def test_a_night_whose_turn_it_is_not_looks_again_soon_and_holds_no_worker(warehouse: str) -> None:
    told = {"ti": Runs(["1", "2"], "2"), "dag_run": SimpleNamespace(run_type="backfill")}
    with pytest.raises(AirflowRescheduleException) as waits:
        bridge.acquire_lease("springfield", told)
    assert timedelta(0) < waits.value.reschedule_date - datetime.now(UTC) < timedelta(minutes=1)


def test_nights_of_a_backfill_go_one_after_the_other_and_the_earliest_first(warehouse: str) -> None:
    assert [may(run, ["1", "2", "3"]) for run in "321"] == [False, False, True]
    assert [may(run, ["2", "3"]) for run in "32"] == [False, True]  # the first is over, and gave nothing back
    assert may("3", ["3"])


def test_an_earlier_night_that_comes_later_waits_for_the_one_under_way(warehouse: str) -> None:
    assert may("5", ["5"])
    assert not may("4", ["4", "5"])
    assert may("5", ["4", "5"])  # its next step
    assert may("4", ["4"])


def test_a_night_of_the_clock_waits_for_the_one_under_way_and_for_no_earlier_one(warehouse: str) -> None:
    assert may("2", ["1", "2"], "scheduled")
    assert not may("1", ["1", "2"], "manual")
    bridge.give_turn_back("springfield", {"ti": Runs([], "2")})  # it waits for its file
    assert may("1", ["1", "2"], "manual")
