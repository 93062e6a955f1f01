"""Nights under a real scheduler: by the form, a past date, a backfill, `dags test` and the clock; and red ones."""

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
    """Drop the exports of so many nights in a row; the nights, from FIRST on."""
    night = nights.Night(world(), nights.opening(world()))
    told = []
    for _ in range(count):
        airflow.district(district_id).deliver(night.world)
        told.append(night)
        night = nights.evolve(night.world, seed=5, percent=percent)
    return told


def test_a_night_of_the_schedule_describes_the_districts_own_date(airflow: AirflowTown) -> None:
    assert airflow.wait_for_runs("shelbyville", "scheduled", 1) == ["success"]
    airflow.ask("PATCH", f"/dags/{dag_of('shelbyville')}", json={"is_paused": True})
    as_of, status = airflow.nights("shelbyville")[0]
    assert status == "applied"
    today = datetime.now(ZoneInfo("America/New_York")).date()
    assert date.fromisoformat(as_of) in {today, today - timedelta(days=1)}  # midnight may lie between


def test_a_night_by_the_form_is_applied_and_the_same_files_again_are_unchanged(airflow: AirflowTown) -> None:
    deliver(airflow, "springfield", 1)
    run = airflow.trigger("springfield", as_of=FIRST.isoformat())
    assert (run.state, run.tasks) == ("success", dict.fromkeys(STEPS, "success") | {"ask": "skipped"})
    again = airflow.trigger("springfield", as_of=FIRST.isoformat())
    assert again.state == "success"
    assert again.tasks == dict.fromkeys(STEPS, "skipped") | {"extract": "success", "report": "success"}
    assert airflow.nights("springfield") == [("2026-09-01", "applied"), ("2026-09-01", "unchanged")]
    assert [event["as_of"] for event in airflow.events("springfield")] == ["2026-09-01", "2026-09-01"]
    assert "for 2026-09-01: applied" in airflow.note(run)


def test_a_night_triggered_for_a_past_date_describes_that_date_and_an_older_one_leaves_the_present_alone(
    airflow: AirflowTown,
) -> None:
    told = deliver(airflow, "ogdenville", 2)
    rest.wait_for_dag(airflow.airflow, airflow.session, dag_of("ogdenville"))
    airflow.command("dags", "trigger", dag_of("ogdenville"), "-l", "2026-09-02")
    assert airflow.wait_for_runs("ogdenville", "manual", 1) == ["success"]
    airflow.command("dags", "trigger", dag_of("ogdenville"), "-l", "2026-09-01T02:00:00")
    assert airflow.wait_for_runs("ogdenville", "manual", 2) == ["success", "success"]
    assert airflow.nights("ogdenville") == [("2026-09-02", "applied"), ("2026-09-01", "applied")]
    assert_roster_is(airflow.district("ogdenville"), told[-1].world)


def test_a_backfill_syncs_each_night_of_its_range_in_order(airflow: AirflowTown) -> None:
    told = deliver(airflow, "waverly", 3)
    rest.wait_for_dag(airflow.airflow, airflow.session, dag_of("waverly"))
    term = ("--from-date", "2026-09-01", "--to-date", "2026-09-03T23:59")
    airflow.command("backfill", "create", "--dag-id", dag_of("waverly"), *term)
    assert airflow.wait_for_runs("waverly", "backfill", 3) == ["success"] * 3
    # Airflow also makes up for last night's slot as soon as a DAG has had its first automatic run.
    filled_in = [night for night in airflow.nights("waverly") if night[0] <= "2026-09-03"]
    assert filled_in == [(f"2026-09-0{day}", "applied") for day in (1, 2, 3)]
    planned = airflow.district("waverly").ask(
        "select sum((counts->>'planned')::int) from runs.runs where status = 'applied' and district_id = 'waverly'"
        " and as_of > %s",
        FIRST,
    )
    assert planned == [(sum(sum(night.expected.values()) for night in told[1:]),)]


def test_a_backfill_newest_first_ends_with_the_same_roster_skips_what_was_not_kept_and_sends_no_grades(
    airflow: AirflowTown,
) -> None:
    told = deliver(airflow, "northbrook", 3)
    for path in (airflow.district("northbrook").drop / "2026-09-02").rglob("*.csv"):
        path.unlink()  # a night of which nothing was kept, nor ever delivered
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
    assert_roster_is(town, told[-1].world)
    assert exports_of(airflow, "northbrook") == {"skipped"}
    assert town.one("select count(*) from runs.runs where district_id = 'northbrook' and kind = 'gradebook'") == 0


def test_a_night_is_replayed_from_what_was_landed_of_it_though_its_file_is_gone(airflow: AirflowTown) -> None:
    deliver(airflow, "ferndale", 1)
    assert airflow.trigger("ferndale", as_of=FIRST.isoformat(), plan_only=True).state == "success"
    shutil.rmtree(airflow.district("ferndale").drop)
    airflow.backfill("ferndale", FIRST, FIRST)
    assert airflow.wait_for_runs("ferndale", "backfill", 1) == ["success"]
    filled_in = [night for night in airflow.nights("ferndale") if night[0] == FIRST.isoformat()]
    assert filled_in == [("2026-09-01", "planned"), ("2026-09-01", "applied")]
    assert_roster_is(airflow.district("ferndale"), world())


def exports_of(airflow: AirflowTown, district_id: str) -> set[str]:
    """Wait for the exports that the district's asset events began; how their first task ended."""
    dag_id, deadline = f"gradebook_export__{district_id}", time.monotonic() + 120
    while time.monotonic() < deadline:
        begun = airflow.ask("GET", f"/dags/{dag_id}/dagRuns", params={"run_type": "asset_triggered"})["dag_runs"]
        if begun and all(run["state"] in rest.FINISHED for run in begun):
            break
        time.sleep(0.5)
    paths = [f"/dags/{dag_id}/dagRuns/{run['dag_run_id']}/taskInstances/collect" for run in begun]
    return {airflow.ask("GET", path)["state"] for path in paths}


def test_a_night_of_dags_test_runs_whole_without_the_scheduler(airflow: AirflowTown) -> None:
    deliver(airflow, "cypress", 1)
    # A scheduler beside it takes the run for its own and begins the same tasks, unless the DAG is paused.
    rest.wait_for_dag(airflow.airflow, airflow.session, dag_of("cypress"))
    airflow.ask("PATCH", f"/dags/{dag_of('cypress')}", json={"is_paused": True})
    airflow.command("dags", "test", dag_of("cypress"), "2026-09-01")
    assert airflow.nights("cypress") == [("2026-09-01", "applied")]


def test_a_disabled_districts_backfill_leaves_its_roster_alone_and_a_run_by_hand_does_not(airflow: AirflowTown) -> None:
    deliver(airflow, "capital", 1)
    rest.wait_for_dag(airflow.airflow, airflow.session, dag_of("capital"))
    airflow.ask("PATCH", f"/dags/{dag_of('capital')}", json={"is_paused": False})
    airflow.backfill("capital", date(2024, 2, 28), date(2024, 3, 1))
    assert airflow.wait_for_runs("capital", "backfill", 1) == ["success"]
    by_hand = airflow.trigger("capital", as_of=FIRST.isoformat(), plan_only=True)
    assert by_hand.tasks["merge"] == "skipped"
    assert airflow.nights("capital") == [("2024-02-29", "skipped"), ("2026-09-01", "planned")]
    assert airflow.events("capital") == []


def test_a_night_whose_export_lost_a_column_is_red_and_its_log_says_code_owner_and_next_step(
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
    told = rest.error_of(airflow.airflow, airflow.session, run)
    for needed in ("CONTRACT_BROKEN", "student_id", "Owner: ", "Next: ", "docs/runbook.md#contract_broken"):
        assert needed in told
    assert airflow.nights("brockway") == [("2026-09-01", "stopped")]
    assert "stopped `CONTRACT_BROKEN`" in airflow.note(run)
    assert "`CONTRACT_BROKEN`" in airflow.note(run, "validate")
    task = f"/dags/{run.dag_id}/dagRuns/{run.dag_run_id}/taskInstances/validate"
    buttons = airflow.ask("GET", f"{task}/links")["extra_links"]
    assert buttons["Failed validations"].endswith("/tasks/validate/plugin/rollbook-task")
    assert (airflow.folder / "home" / "reports" / "brockway").exists()


def test_a_late_export_is_waited_for_and_the_next_try_syncs_it(airflow: AirflowTown) -> None:
    dag_id = dag_of("monroe")
    rest.wait_for_dag(airflow.airflow, airflow.session, dag_id)
    dag_run_id = rest.trigger(airflow.airflow, airflow.session, dag_id, {"as_of": FIRST.isoformat()})
    extract = f"/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/extract"
    deadline = time.monotonic() + 120
    while (state := airflow.ask("GET", extract)["state"]) != "up_for_retry":
        assert time.monotonic() < deadline, state
        time.sleep(0.3)
    deliver(airflow, "monroe", 1)
    # The patience of five minutes is cut short, as an engineer does who knows that the file has come.
    now = {"dry_run": False, "dag_run_id": dag_run_id, "task_ids": ["extract"], "only_failed": False}
    airflow.ask("POST", f"/dags/{dag_id}/clearTaskInstances", json=now)
    assert airflow.wait("monroe", dag_run_id).state == "success"
    assert airflow.nights("monroe") == [("2026-09-01", "failed"), ("2026-09-01", "applied")]
