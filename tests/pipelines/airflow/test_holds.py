"""Holds under Airflow: the approval request, how long it waits, and how a response is carried out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

import tests.airflow_home  # isort: skip  # noqa: F401 - before anything of Airflow

from airflow.sdk import Asset, Param
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException, TaskAwaitingInput

from pipelines import roster, runs
from pipelines.airflow import holds as airflow_holds
from pipelines.operations import approval_responses
from pipelines.review import holds
from pipelines.runs.request import Decision
from sandbox import nights
from tests.exported import assert_roster_is, rows
from tests.town import Told, Town, first_night, world

HELD, ROSTER = Asset("rollbook://springfield/holds"), Asset("rollbook://springfield/roster")


@dataclass
class Ti:
    """A fake of Airflow's task instance: the XComs of other tasks, and its own task id."""

    xcoms: dict[tuple[str, str], Any] = field(default_factory=dict)
    task_id: str = ""
    dag_id: str = "roster_holds__springfield"
    run_id: str = "a-run"

    def xcom_pull(self, task_ids: str, key: str = "return_value") -> Any:
        return self.xcoms.get((task_ids, key))

    def xcom_push(self, key: str, value: Any) -> None:
        self.xcoms[self.task_id, key] = value


def context(**xcoms: Any) -> dict[str, Any]:
    """A task's context, with what the tasks before it returned."""
    ti = Ti({(task_id, "return_value"): value for task_id, value in xcoms.items()}, "brief")
    events: Any = defaultdict(SimpleNamespace)
    dag_run = SimpleNamespace(run_type="asset_triggered")
    return {"ti": ti, "params": {"run": None}, "outlet_events": events, "dag_run": dag_run}


def answered(option: str, **form: Any) -> dict[str, Any]:
    who = {"id": "3", "name": "registrar"}
    return {"chosen_options": [option], "params_input": form, "responded_by_user": who}


LIMITS = {"archive_percent": 10, "archive_rows": 5, "turn_days": 0}


@pytest.fixture
def night() -> nights.Night:
    """A night beyond the limits, a part of which waits in `synced`."""
    return nights.evolve(world(), seed=6, percent=30, kinds=("drop", "rename"))


def a_part_waits(town: Town) -> None:
    """What has happened to `synced`."""
    town.settle(limits=LIMITS)
    synced_night: Told = town.night(nights.evolve(world(), seed=6, percent=30, kinds=("drop", "rename")).world)
    assert (synced_night.status, synced_night.code) == ("applied", "HOLD_REQUIRED")


@pytest.fixture
def synced(after: Callable[..., Town]) -> Town:
    """The district after that night."""
    here = after(first_night, a_part_waits)
    here.settle(limits=LIMITS)
    return here


def question() -> dict[str, Any]:
    return airflow_holds.brief("springfield", context())


def decide(request: dict[str, Any], event: dict[str, Any]) -> Any:
    """Let the waiting task go on with what Airflow tells it."""
    form = {"why": Param(None, type=["null", "string"]), "holds": Param(None, type=["null", "array"])}
    task = airflow_holds.Decide(task_id="decide", subject="?", options=["Approve", "Reject"], params=form)
    return task.execute_complete(context(brief=request), event)


def test_an_approval_request_has_counts_by_school_and_names_nobody(synced: Town, night: nights.Night) -> None:
    request = question()
    held = synced.ask("select hold_n, entity, planned, active, allowed, digest from runs.holds order by hold_n")
    assert request["digests"] == {str(hold_n): digest for hold_n, *_, digest in held}
    for hold_n, entity, planned, active, allowed, _ in held:
        assert f"| {hold_n} | " in request["body"]
        assert f"| {entity} | archive | {planned} | {active} | {allowed} |" in request["body"]
    people = {row[name] for row in rows(world()) for name in ("student_id", "student_last", "student_email")}
    assert [one for one in people if one and one in str(request)] == []


def test_only_a_run_with_open_holds_sends_the_approval_event(synced: Town, night: nights.Night) -> None:
    held, other = runs.recent("springfield", 2)
    here = context()
    here["ti"].xcoms["extract", "run_id"] = held["run_id"]
    airflow_holds.ask("springfield", "extract", here)
    assert here["outlet_events"][HELD].extra["run_id"] == held["run_id"]
    for run_id in (other["run_id"], None):
        here["ti"].xcoms["extract", "run_id"] = run_id
        with pytest.raises(AirflowSkipException, match="nothing needs approval"):
            airflow_holds.ask("springfield", "extract", here)


def test_no_approval_is_requested_for_holds_decided_meanwhile(synced: Town, night: nights.Night) -> None:
    request = question()
    holds.reject(runs.load(request["run_id"]), Decision("somebody"))
    named = context() | {"params": {"run": request["run_id"]}}
    for asked in (context(), named):
        with pytest.raises(AirflowSkipException, match="nothing needs approval"):
            airflow_holds.brief("springfield", asked)


def test_an_approval_request_waits_until_its_holds_are_decided_elsewhere(synced: Town, night: nights.Night) -> None:
    request, looked = question(), {"error": "…", "error_type": "timeout"}
    with pytest.raises(TaskAwaitingInput) as waits:
        decide(request, looked)
    assert waits.value.timeout == timedelta(hours=1)
    synced.ask("update runs.holds set expires_at = clock_timestamp() + interval '5 minutes'")
    with pytest.raises(TaskAwaitingInput) as waits:
        decide(request, looked)
    assert waits.value.timeout < timedelta(minutes=5)
    holds.reject(runs.load(request["run_id"]), Decision("somebody", holds=(1,)))
    with pytest.raises(AirflowSkipException, match="the approval request is closed: its holds are rejected"):
        decide(request, looked)


def test_an_expired_approval_request_is_skipped_and_applies_nothing(synced: Town, night: nights.Night) -> None:
    request, before = question(), synced.dump("roster")
    synced.ask("update runs.holds set expires_at = clock_timestamp() - interval '1 second'")
    with pytest.raises(AirflowSkipException, match="the approval request is closed: its holds are expired"):
        decide(request, {"error": "…", "error_type": "timeout"})
    assert synced.dump("roster") == before


def test_a_response_may_leave_form_fields_out(synced: Town, night: nights.Night) -> None:
    event = answered("Approve", why="a new year") | {"responded_at": datetime.now()}  # noqa: DTZ005 - as it may come
    assert decide(question(), event)["params_input"] == {"why": "a new year", "holds": None}


def test_a_stored_response_is_returned_to_the_retried_task(synced: Town, night: nights.Night) -> None:
    request = question()
    event = answered("Approve", why="meant", holds=None) | {"responded_at": datetime.now(UTC)}
    given = decide(request, event)
    task = airflow_holds.Decide(task_id="decide", subject="?", options=["Approve", "Reject"])
    again = task.execute(context(brief=request))
    assert {name: again[name] for name in answered("Approve")} == {name: given[name] for name in answered("Approve")}
    airflow_holds.apply("springfield", context(decide=again, brief=request))
    assert_roster_is(synced, night.world)
    assert approval_responses.kept("springfield", "roster_holds__springfield/a-run") is None
    with pytest.raises(AirflowSkipException, match="the approval request is closed: its holds are approved"):
        task.execute(context(brief=request))


def test_a_second_try_of_apply_finishes_the_same_approval_run(synced: Town, night: nights.Night) -> None:
    here = context(decide=answered("Approve", why="meant"), brief=question())
    for _ in range(2):
        airflow_holds.apply("springfield", here)
        assert here["outlet_events"][ROSTER].extra["as_of"] == night.world.as_of.isoformat()
    assert_roster_is(synced, night.world)
    assert synced.ask("select distinct status, decided_by, why from runs.holds") == [("approved", "registrar", "meant")]
    assert synced.one("select count(*) from runs.runs where intent = 'approval'") == 1


def test_an_approval_with_another_digest_is_stale_and_changes_nothing(synced: Town, night: nights.Night) -> None:
    request, before = question(), synced.dump("roster")
    seen = request | {"digests": dict.fromkeys(request["digests"], "0" * 16)}
    with pytest.raises(AirflowFailException, match="STALE_PLAN"):
        airflow_holds.apply("springfield", context(decide=answered("Approve"), brief=seen))
    assert synced.dump("roster") == before


def test_one_hold_can_be_approved_after_another_was_decided_elsewhere(synced: Town, night: nights.Night) -> None:
    request = question()
    night_held = runs.load(request["run_id"])
    first, *others = sorted(map(int, request["digests"]))
    holds.reject(night_held, Decision("somebody", holds=(first,)))
    airflow_holds.apply("springfield", context(decide=answered("Approve", holds=[f" {others[-1]}"]), brief=request))
    status = {hold["hold_n"]: hold["status"] for hold in holds.of_run(night_held)}
    assert (status[first], status[others[-1]]) == ("rejected", "approved")


def test_a_response_naming_an_unknown_hold_applies_nothing(synced: Town, night: nights.Night) -> None:
    with pytest.raises(AirflowFailException, match="name no hold of this approval request"):
        airflow_holds.apply("springfield", context(decide=answered("Approve", holds=["77", "x"]), brief=question()))
    assert synced.ask("select distinct status from runs.holds") == [("open",)]


def test_a_second_rejection_changes_nothing(synced: Town, night: nights.Night) -> None:
    here, before = context(decide=answered("Reject"), brief=question()), synced.dump("roster")
    for _ in range(2):
        with pytest.raises(AirflowSkipException, match="the roster is unchanged"):
            airflow_holds.apply("springfield", here)
    assert synced.dump("roster") == before
    assert synced.ask("select distinct status from runs.holds") == [("rejected",)]


def test_a_run_of_another_district_is_refused(synced: Town, night: nights.Night) -> None:
    Town(synced.folder, synced.warehouse, "shelbyville").settle()
    other = roster.start(runs.load(1).request.model_copy(update={"district_id": "shelbyville"}))
    with pytest.raises(AirflowFailException, match="belongs to another district"):
        airflow_holds.brief("springfield", context() | {"params": {"run": other}})
