"""Runs under a real scheduler: by schedule, form, past date, backfill and `dags test`; and failed runs."""

from __future__ import annotations

import shutil
import time
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sandbox import nights
from sandbox.demo import rest
from tests.airflow_town import AirflowTown, dag_of
from tests.exported import assert_roster_is
from tests.town import FIRST, world

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

STEPS = ("extract", "validate", "stage", "plan", "review", "merge", "audit", "report", "ask")


def deliver(airflow: AirflowTown, district_id: str, count: int, percent: float = 1) -> list[nights.Night]:
    """Deliver the exports of so many nights in a row, from FIRST on, and return the nights."""
    night = nights.Night(world(), nights.opening(world()))
    delivered = []
    for _ in range(count):
        airflow.district(district_id).deliver(night.world)
        delivered.append(night)
        night = nights.evolve(night.world, seed=5, percent=percent)
    return delivered


def test_a_scheduled_run_describes_the_districts_local_date(airflow: AirflowTown) -> None:
    assert airflow.wait_for_runs("shelbyville", "scheduled", 1) == ["success"]
    airflow.ask("PATCH", f"/dags/{dag_of('shelbyville')}", json={"is_paused": True})
    as_of, status = airflow.nights("shelbyville")[0]
    assert status == "applied"
    today = datetime.now(ZoneInfo("America/New_York")).date()
    assert date.fromisoformat(as_of) in {today, today - timedelta(days=1)}  # midnight may have passed since


def test_a_run_from_the_form_is_applied_and_a_second_run_of_the_same_files_is_unchanged(airflow: AirflowTown) -> None:
    deliver(airflow, "springfield", 1)
    run = airflow.trigger("springfield", as_of=FIRST.isoformat())
    assert (run.state, run.tasks) == ("success", dict.fromkeys(STEPS, "success") | {"ask": "skipped"})
    again = airflow.trigger("springfield", as_of=FIRST.isoformat())
    assert again.state == "success"
    assert again.tasks == dict.fromkeys(STEPS, "skipped") | {"extract": "success", "report": "success"}
    assert airflow.nights("springfield") == [("2026-09-01", "applied"), ("2026-09-01", "unchanged")]
    assert [event["as_of"] for event in airflow.events("springfield")] == ["2026-09-01", "2026-09-01"]
    assert "for 2026-09-01: applied" in airflow.note(run)


def test_a_triggered_run_describes_its_logical_date_and_a_late_run_keeps_the_present(
    airflow: AirflowTown,
) -> None:
    delivered = deliver(airflow, "ogdenville", 2)
    rest.wait_for_dag(airflow.airflow, airflow.session, dag_of("ogdenville"))
    airflow.command("dags", "trigger", dag_of("ogdenville"), "-l", "2026-09-02")
    assert airflow.wait_for_runs("ogdenville", "manual", 1) == ["success"]
    airflow.command("dags", "trigger", dag_of("ogdenville"), "-l", "2026-09-01T02:00:00")
    assert airflow.wait_for_runs("ogdenville", "manual", 2) == ["success", "success"]
    assert airflow.nights("ogdenville") == [("2026-09-02", "applied"), ("2026-09-01", "applied")]
    assert_roster_is(airflow.district("ogdenville"), delivered[-1].world)


def test_a_backfill_syncs_each_date_of_its_range_in_order(airflow: AirflowTown) -> None:
    delivered = deliver(airflow, "waverly", 3)
    rest.wait_for_dag(airflow.airflow, airflow.session, dag_of("waverly"))
    term = ("--from-date", "2026-09-01", "--to-date", "2026-09-03T23:59")
    airflow.command("backfill", "create", "--dag-id", dag_of("waverly"), *term)
    assert airflow.wait_for_runs("waverly", "backfill", 3) == ["success"] * 3
    # Airflow also runs the slot of last night as soon as a DAG has had its first automatic run.
    filled_in = [night for night in airflow.nights("waverly") if night[0] <= "2026-09-03"]
    assert filled_in == [(f"2026-09-0{day}", "applied") for day in (1, 2, 3)]
    planned = airflow.district("waverly").ask(
        "select sum((counts->>'planned')::int) from runs.runs where status = 'applied' and district_id = 'waverly'"
        " and as_of > %s",
        FIRST,
    )
    assert planned == [(sum(sum(night.expected.values()) for night in delivered[1:]),)]


def test_a_backwards_backfill_gives_the_same_roster_skips_missing_dates_and_sends_no_grades(
    airflow: AirflowTown,
) -> None:
    delivered = deliver(airflow, "northbrook", 3)
    for path in (airflow.district("northbrook").drop / "2026-09-02").rglob("*.csv"):
        path.unlink()  # a date without a snapshot and without a file
    rest.wait_for_dag(airflow.airflow, airflow.session, dag_of("northbrook"))
    term = ("--from-date", "2026-09-01", "--to-date", "2026-09-03T23:59", "--run-backwards")
    airflow.command("backfill", "create", "--dag-id", dag_of("northbrook"), *term)
    assert airflow.wait_for_runs("northbrook", "backfill", 3) == ["success"] * 3
    filled_in = sorted(night for night in airflow.nights("northbrook") if night[0] <= "2026-09-03")
    assert filled_in == [(f"2026-09-0{day}", "skipped" if day == 2 else "applied") for day in (1, 2, 3)]
    town = airflow.district("northbrook")
    assert (
        town.one("select code from runs.runs where district_id = 'northbrook' and as_of = '2026-09-02'")
        == "NO_SNAPSHOT"
    )
    assert_roster_is(town, delivered[-1].world)
    assert exports_of(airflow, "northbrook") == {"skipped"}
    assert town.one("select count(*) from runs.runs where district_id = 'northbrook' and kind = 'gradebook'") == 0


def test_a_backfill_replays_a_landed_snapshot_after_its_file_is_deleted(airflow: AirflowTown) -> None:
    deliver(airflow, "ferndale", 1)
    assert airflow.trigger("ferndale", as_of=FIRST.isoformat(), plan_only=True).state == "success"
    shutil.rmtree(airflow.district("ferndale").drop)
    airflow.backfill("ferndale", FIRST, FIRST)
    assert airflow.wait_for_runs("ferndale", "backfill", 1) == ["success"]
    filled_in = [night for night in airflow.nights("ferndale") if night[0] == FIRST.isoformat()]
    assert filled_in == [("2026-09-01", "planned"), ("2026-09-01", "applied")]
    assert_roster_is(airflow.district("ferndale"), world())


def exports_of(airflow: AirflowTown, district_id: str) -> set[str]:
    """Wait for the exports that the district's asset events started; return the states of their first tasks."""
    dag_id, deadline = f"gradebook_export__{district_id}", time.monotonic() + 120
    while time.monotonic() < deadline:
        begun = airflow.ask("GET", f"/dags/{dag_id}/dagRuns", params={"run_type": "asset_triggered"})["dag_runs"]
        if begun and all(run["state"] in rest.FINISHED for run in begun):
            break
        time.sleep(0.5)
    paths = [f"/dags/{dag_id}/dagRuns/{run['dag_run_id']}/taskInstances/collect" for run in begun]
    return {airflow.ask("GET", path)["state"] for path in paths}


def test_airflow_dags_test_performs_a_whole_run_without_the_scheduler(airflow: AirflowTown) -> None:
    deliver(airflow, "cypress", 1)
    # The running scheduler would start the same tasks, unless the DAG is paused.
    rest.wait_for_dag(airflow.airflow, airflow.session, dag_of("cypress"))
    airflow.ask("PATCH", f"/dags/{dag_of('cypress')}", json={"is_paused": True})
    airflow.command("dags", "test", dag_of("cypress"), "2026-09-01")
    assert airflow.nights("cypress") == [("2026-09-01", "applied")]


def test_a_disabled_district_skips_backfills_and_allows_runs_by_hand(airflow: AirflowTown) -> None:
    deliver(airflow, "capital", 1)
    rest.wait_for_dag(airflow.airflow, airflow.session, dag_of("capital"))
    airflow.ask("PATCH", f"/dags/{dag_of('capital')}", json={"is_paused": False})
    airflow.backfill("capital", date(2024, 2, 28), date(2024, 3, 1))
    assert airflow.wait_for_runs("capital", "backfill", 1) == ["success"]
    by_hand = airflow.trigger("capital", as_of=FIRST.isoformat(), plan_only=True)
    assert by_hand.tasks["merge"] == "skipped"
    assert airflow.nights("capital") == [("2024-02-29", "skipped"), ("2026-09-01", "planned")]
    assert airflow.events("capital") == []


def test_a_run_without_a_required_column_fails_and_logs_code_owner_and_next_step(
    airflow: AirflowTown,
) -> None:
    airflow.district("brockway").deliver(world(), without=("student_id",))
    run = airflow.trigger("brockway", as_of=FIRST.isoformat())
    assert run.state == "failed"
    assert run.tasks == dict.fromkeys(STEPS, "upstream_failed") | {
        "extract": "success",
        "validate": "failed",
        "report": "failed",
    }
    message = rest.error_of(airflow.airflow, airflow.session, run)
    for needed in ("CONTRACT_BROKEN", "student_id", "Owner: ", "Next: ", "docs/runbook.md#contract_broken"):
        assert needed in message
    assert airflow.nights("brockway") == [("2026-09-01", "stopped")]
    assert "stopped `CONTRACT_BROKEN`" in airflow.note(run)
    assert "`CONTRACT_BROKEN`" in airflow.note(run, "validate")
    task = f"/dags/{run.dag_id}/dagRuns/{run.dag_run_id}/taskInstances/validate"
    buttons = airflow.ask("GET", f"{task}/links")["extra_links"]
    assert buttons["Failed validations"].endswith("/tasks/validate/plugin/rollbook-task")
    assert (airflow.folder / "home" / "reports" / "brockway").exists()


def test_extract_is_retried_until_a_late_export_arrives(airflow: AirflowTown) -> None:
    dag_id = dag_of("monroe")
    rest.wait_for_dag(airflow.airflow, airflow.session, dag_id)
    dag_run_id = rest.trigger(airflow.airflow, airflow.session, dag_id, {"as_of": FIRST.isoformat()})
    extract = f"/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/extract"
    deadline = time.monotonic() + 120
    while (state := airflow.ask("GET", extract)["state"]) != "up_for_retry":
        assert time.monotonic() < deadline, state
        time.sleep(0.3)
    deliver(airflow, "monroe", 1)
    # Clear the task instead of waiting for the next try in five minutes, as an engineer does.
    now = {"dry_run": False, "dag_run_id": dag_run_id, "task_ids": ["extract"], "only_failed": False}
    airflow.ask("POST", f"/dags/{dag_id}/clearTaskInstances", json=now)
    assert airflow.wait("monroe", dag_run_id).state == "success"
    assert airflow.nights("monroe") == [("2026-09-01", "failed"), ("2026-09-01", "applied")]
