"""A night under Airflow: Airflow's context becomes a request; Rollbook's errors become a retry, a failure or a skip.

This module connects a night's tasks with Airflow; `pipelines.airflow.gradebook` does the same for an export of grades.
Airflow receives counts, codes and the run's number; it never receives a value of a row.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from airflow.sdk import Asset, Connection
from airflow.sdk.exceptions import (
    AirflowException,
    AirflowFailException,
    AirflowNotFoundException,
    AirflowRescheduleException,
    AirflowSkipException,
)

from pipelines.airflow.translation import explaining, translate_errors
from pipelines.errors import CheckFailed, Explained
from pipelines.settings import District, load_district

if TYPE_CHECKING:
    from pipelines.runs.request import NightRequest, ReplayRequest

log = logging.getLogger(__name__)

BY_HAND = {"manual", "asset_materialization"}  # the types of a DAG run that a person asked for
UP_TO_DATE = {"applied", "unchanged"}  # the roster is right as of this date: consumers may go on
LEFT_ALONE = {"planned", "skipped"}  # the run succeeded and changed nothing
_NEXT_ATTEMPT = timedelta(seconds=15)  # between two attempts of a waiting run to take the lease


def perform(step: str, district_id: str, context: Mapping[str, Any]) -> None:
    """Perform one step as an Airflow task: `extract` begins the run, the others read its number from extract's XCom."""
    # Imported here: a night refused for its settings needs no pipeline and should not wait for the import of pandas.
    from pipelines import roster

    if step != "report":
        acquire_lease(district_id, context)
    if step == "extract":
        translate_errors(lambda: inject_connections(_connections(load_district(district_id))))
        request = night_request(district_id, context)
        run_id = translate_errors(lambda: roster.start(request))
        # Pushed before the step runs, so that the report of a failed extract still finds its run.
        context["ti"].xcom_push(key="run_id", value=run_id)
        translate_errors(lambda: _refuse_if_failed(run_id, request))
    else:
        run_id = context["ti"].xcom_pull(task_ids="extract", key="run_id")
    if run_id is None:
        _end_without_run(context)
    try:
        outcome = translate_errors(lambda: roster.perform(step, run_id))
    except AirflowException:
        if step == "extract":  # a retry waits for a late export; other runs of the district need not wait with it
            release_lease(district_id, context)
        raise
    if step == "report":
        _conclude(outcome.status, run_id, district_id, context)


def _connections(district: District) -> list[str | None]:
    """Return the connections of the district's sources, and those of its channels, which the self-check tests."""
    return [*(source.connection for source in district.sources), *district.notify.connections.values()]


def _refuse_if_failed(run_id: int, request: NightRequest | ReplayRequest) -> None:
    """End a scheduled run of an enabled district if its self-check failed (CT-07); a person's own run may go on.

    Raises CheckFailed after it records the run as stopped.
    """
    from pipelines import runs
    from pipelines.operations import self_check

    district = load_district(request.district_id)
    if not (request.scheduled and district.enabled):
        return
    try:
        self_check.refuse_if_failed(district, request.as_of)
    except CheckFailed as error:
        runs.finish(run_id, "stopped", error)
        raise


def watch(district_id: str, context: Mapping[str, Any]) -> None:
    """Check whether the imports that were due by the DAG run's time are there.

    The time is the DAG run's logical date. So a check that runs late, or is cleared days later, checks the same night.
    """
    from pipelines.operations import deadlines

    moment: datetime = context["dag_run"].logical_date or context["dag_run"].run_after
    for one in translate_errors(lambda: deadlines.watch(load_district(district_id), moment)):
        log.info("%s", one)


def check(district_id: str, context: Mapping[str, Any]) -> None:
    """Check the district as `rollbook check` does and store the result.

    Raises AirflowFailException with the first check that failed.
    """
    from pipelines.operations import self_check

    district = translate_errors(lambda: load_district(district_id))
    grades = [source.connection for source in district.gradebook.sources]
    grades.append(district.canvas.connection if district.canvas else None)
    translate_errors(lambda: inject_connections([*_connections(district), *grades]))
    moment: datetime = context["dag_run"].run_after
    checked = translate_errors(lambda: self_check.examine(district, moment.astimezone(district.zone).date()))
    failed = [one for one in checked.checks if not one.ok]
    log.info("check: %d checks, %d failed", len(checked.checks), len(failed))
    if failed:
        raise explaining(AirflowFailException(f"{failed[0].name}: {failed[0].result}"), failed[0].error)


def acquire_lease(district_id: str, context: Mapping[str, Any]) -> None:
    """Take the district's lease for this DAG run, or reschedule the task, which then holds no worker.

    A backfill starts ten runs of a DAG at once. Where possible they take the lease in the order of their nights, so
    that none becomes a late-arriving run. A DAG run that has ended, however it ended, holds no lease.
    Raises AirflowRescheduleException when another run holds the lease.
    """
    if not translate_errors(lambda: _acquired(district_id, context)):
        log.info("another run of the district holds the lease; next attempt in %d s", _NEXT_ATTEMPT.seconds)
        raise AirflowRescheduleException(datetime.now(UTC) + _NEXT_ATTEMPT)  # type: ignore[no-untyped-call]  # Airflow's own


def _acquired(district_id: str, context: Mapping[str, Any]) -> bool:
    from pipelines.runs import lease

    ti, holder = context["ti"], dag_run_of(context)
    current = lease.whose(district_id)
    if current != holder:  # the holder keeps the lease: an earlier night that starts now waits for the holder's end
        if context["dag_run"].run_type == "backfill" and ti.get_previous_dagrun(state="running"):
            return False
        dag_id, _, run_id = (current or "").partition("/")
        if current and ti.get_dr_count(dag_id=dag_id, run_ids=[run_id], states=["running"]):
            return False
    return lease.acquire(district_id, holder, over=current)


def release_lease(district_id: str, context: Mapping[str, Any]) -> None:
    """Return the lease, so that other runs of the district go on."""
    from pipelines.runs import lease

    translate_errors(lambda: lease.release(district_id, dag_run_of(context)))


def dag_run_of(context: Mapping[str, Any]) -> str:
    """Return the DAG run's name as dag_id/run_id."""
    return f"{context['ti'].dag_id}/{context['ti'].run_id}"


def night_request(district_id: str, context: Mapping[str, Any]) -> NightRequest | ReplayRequest:
    """Return what the trigger form, the schedule or the backfill asks for.

    A backfill reads what was landed then, not what a source has today. Raises AirflowFailException if it names a path.
    """
    # Imported here: Airflow parses DAG files without the warehouse's libraries.
    from pipelines.runs.request import NightRequest, ReplayRequest, Scope

    params, run_type = context["params"], context["dag_run"].run_type
    schools = params["schools"]
    asked: dict[str, Any] = {
        "district_id": district_id,
        "as_of": as_of_run(district_id, context),
        "scope": Scope(
            schools=None if schools is None else tuple(schools),
            term=params["term"] or None,
            course=params.get("course") or None,  # a cleared DAG run may be older than this field
            source=params["source"] or None,
        ),
        "plan_only": params["plan_only"],
        "scheduled": run_type not in BY_HAND,
        "dag_run": dag_run_of(context),
    }
    if run_type != "backfill":
        return NightRequest(**asked, path=params["path"] or None)
    if params["path"]:
        raise AirflowFailException("a backfill reads landed snapshots: leave `path` empty, or trigger the DAG by hand")
    return ReplayRequest(**asked)


def inject_connections(conn_ids: Iterable[str | None]) -> None:
    """Set `AIRFLOW_CONN_<ID>` in this task's process for each given connection, wherever Airflow keeps it.

    Sources read this variable, as the command line does. Airflow may keep a connection in its database or in a secrets
    backend instead. If Airflow does not have a connection, the source reports it as missing, in Rollbook's own words.
    """
    for conn_id in filter(None, conn_ids):
        with suppress(AirflowNotFoundException):
            os.environ[f"AIRFLOW_CONN_{conn_id.upper()}"] = Connection.get(conn_id).as_json()


def refuse(problem: Explained) -> NoReturn:
    """Fail a night whose settings are invalid."""
    raise explaining(AirflowFailException(str(problem)), problem)


def as_of_run(district_id: str, context: Mapping[str, Any]) -> date:
    """Return the form's date, else the district's local date of the logical date.

    The data interval does not count: `airflow dags trigger -l` leaves it at the present. If a run by hand has exactly
    midnight UTC, it comes from a bare date (`-l 2026-09-01`) and means that day, though in America it is still the day
    before. If a run has no logical date (asset-triggered, or null by REST), the moment it was due counts.
    """
    if context["params"].get("as_of"):  # not every DAG's form has the field
        return date.fromisoformat(context["params"]["as_of"])
    dag_run = context["dag_run"]
    moment: datetime = dag_run.logical_date or dag_run.run_after
    if dag_run.run_type in BY_HAND and moment.astimezone(UTC).time() == time.min:
        return moment.astimezone(UTC).date()
    return moment.astimezone(load_district(district_id).zone).date()


def _end_without_run(context: Mapping[str, Any]) -> NoReturn:
    if states_of(context).get("extract") == "skipped":
        raise AirflowSkipException("extract was skipped before it began a run; there is nothing to report")
    raise AirflowFailException("extract failed before it began a run; read the task's log")


def _conclude(status: str, run_id: int, district_id: str, context: Mapping[str, Any]) -> None:
    """Set the report's state from the run's status, and fill in the asset event.

    The report runs after failures too, and alone decides whether the DAG run is green. If the report is green, Airflow
    sends the asset event. If the night left the roster alone, the report is skipped, and Airflow sends no event.
    """
    end_report(status, run_id, context, "the roster")
    facts = {"as_of": as_of_run(district_id, context).isoformat(), "run_id": run_id}
    if context["dag_run"].run_type == "backfill":
        facts["backfill"] = True
    context["outlet_events"][Asset(f"rollbook://{district_id}/roster")].extra = facts


def end_report(status: str, run_id: int, context: Mapping[str, Any], unchanged: str) -> None:
    """Raise AirflowFailException or AirflowSkipException for the report, depending on how its run ended.

    If a task is red or the status is an error, the report fails. If the run changed nothing, the report is skipped.
    Otherwise the function returns, and the report is green.
    """
    failed = [task for task, state in states_of(context).items() if state in {"failed", "upstream_failed"}]
    if failed or status not in UP_TO_DATE | LEFT_ALONE:
        fix = f"read the log of the first failed task ({', '.join(failed)})" if failed else "clear the DAG run's tasks"
        raise AirflowFailException(f"the report is written; run {run_id} ended as {status}; {fix}")
    if status in LEFT_ALONE:
        raise AirflowSkipException(
            f"the report is written; run {run_id} ended as {status} and did not change {unchanged}"
        )


def states_of(context: Mapping[str, Any]) -> dict[str, str]:
    """Return the states of this DAG run's tasks, by task id."""
    ti = context["ti"]
    states: dict[str, str] = ti.get_task_states(dag_id=ti.dag_id, run_ids=[ti.run_id])[ti.run_id]
    return states
