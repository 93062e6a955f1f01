"""Notifications under Airflow: the callbacks that find and send them. The channels are the providers' own hooks.

A failed task reports its failure in its worker; its DAG run reports the failure again in the dag-processor. If a task's
process was killed outright, Airflow calls only the DAG run's callback. If a task was lost with its machine, Airflow
reports the failure twice. Only the first report is sent (`pipelines.operations.notifications.keep`). DAG files import
this module, so it loads nothing heavy until there is something to report.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from pipelines.airflow import bridge, links, translation
from pipelines.errors import ImportMissing, RollbookError, SettingsInvalid
from pipelines.settings import load_district

if TYPE_CHECKING:
    from pipelines.operations.notifications import Kind, Notification
    from pipelines.runs import Run
    from pipelines.settings.notify import Notify

log = logging.getLogger(__name__)

Context = Mapping[str, Any]
Find = Callable[["Notify", Context], Iterable["Notification"]]

_BEGUN_BY = {"roster": "extract", "gradebook": "collect", "holds": "brief"}  # the task that pushes the run's number
_PAGES = {"roster": "", "gradebook": "grades", "holds": "holds"}


def when_failed(district_id: str, kind: Kind) -> Callable[[Context], None]:
    """Return the callback of a task, or of a DAG run, that failed."""
    return _callback(district_id, lambda notify, context: _failure(district_id, kind, notify, context))


def when_held(district_id: str, kind: Kind) -> Callable[[Context], None]:
    """Return the callback of a task that found changes that need approval."""
    return _callback(district_id, lambda notify, context: _hold(kind, notify, context))


def when_exported(district_id: str) -> Callable[[Context], None]:
    """Return the callback of an export's end: scores that somebody changed in Canvas may need approval."""
    return _callback(district_id, lambda _, context: _overwrites(context))


def when_synced(district_id: str) -> Callable[[Context], None]:
    """Return the callback of a night that succeeded; such a night may still have quarantined many lines."""
    return _callback(district_id, lambda notify, context: _quarantine(_run("roster", context), notify))


def _callback(district_id: str, find: Find) -> Callable[[Context], None]:
    def notify(context: Context) -> None:
        from pipelines.operations import notifications

        try:
            _send(district_id, find, context)
        except Exception as error:  # noqa: BLE001 - the night has its colour by now, and keeps it
            log.warning("%s", notifications.not_sent("any channel", error))

    return notify


def _send(district_id: str, find: Find, context: Context) -> None:
    from pipelines.airflow.channels import channels_of
    from pipelines.operations import notifications

    notify = notifications.notify_of(district_id)
    channels = channels_of(notify)
    # Whoever began a backfill watches it; a term's worth of mail about the past would help nobody.
    if not channels or context["dag_run"].run_type == "backfill":
        return
    found = [notification for notification in find(notify, context) if notification.about in notify.about]
    try:
        for notification in found:
            notifications.keep(notification, [*channels])
    except RollbookError:  # most likely this error is itself what the notification reports
        if _is_first_failure(context):
            notifications.send_unstored(found, channels)
        raise
    notifications.deliver(district_id, notify.about, channels)


def _failure(district_id: str, kind: Kind, notify: Notify, context: Context) -> Iterable[Notification]:
    from pipelines.operations import notifications

    if kind == "check" and context["dag_run"].run_type in bridge.BY_HAND:  # whoever started the check watches it
        return []
    error = translation.explained_by(context)
    run = None
    with suppress(RollbookError):  # without the warehouse the failure is still reported, with fewer details
        if kind == "imports" and (not context.get("exception") or (error and error.code == ImportMissing.code)):
            missing = _missing(district_id, context)
            if missing:
                return missing
        run = _run(kind, context)
    if kind == "roster" and "failure" not in notify.about:
        return _quarantine(run, notify)
    as_of = run.as_of if run else _as_of(district_id, context)
    return [notifications.failure(district_id, kind, as_of, run, error, _page(district_id, kind, run, context))]


def _missing(district_id: str, context: Context) -> list[Notification]:
    from pipelines.operations import deadlines, notifications

    moment: datetime = context["dag_run"].logical_date or context["dag_run"].run_after
    district = load_district(district_id)
    missing = [one for one in deadlines.expected(district, moment) if one.is_missing]
    return notifications.imports_missing(district, missing, links.district_page(district_id, "imports"))


def _hold(kind: Kind, notify: Notify, context: Context) -> Iterable[Notification]:
    from pipelines.operations import notifications

    run = _run(kind, context)
    if run is None or run.is_replay:  # whoever began a backfill watches its approval requests
        return []
    owner = load_district(run.district_id).owner
    found = notifications.hold(run, owner, links.run_page(run.district_id, run.run_id, "holds"))
    return [found] if found else []


def _overwrites(context: Context) -> Iterable[Notification]:
    from pipelines.operations import notifications

    run = _run("gradebook", context)
    if run is None or run.plan_only:  # whoever requests a plan reads it
        return []
    found = notifications.overwrites(run, links.run_page(run.district_id, run.run_id, "grades"))
    return [found] if found else []


def _quarantine(run: Run | None, notify: Notify) -> Iterable[Notification]:
    from pipelines.operations import notifications

    if run is None:
        return []
    page = links.run_page(run.district_id, run.run_id, "validations")
    found = notifications.quarantine(run, notify.quarantine_percent, page)
    return [found] if found else []


def _run(kind: Kind, context: Context) -> Run | None:
    """Return Rollbook's run that the DAG run began; None if it began none."""
    from pipelines import runs

    if kind not in _BEGUN_BY:
        return None
    run_id = context["ti"].xcom_pull(task_ids=_BEGUN_BY[kind], key="run_id")
    return runs.load(int(run_id)) if run_id is not None else None


def _as_of(district_id: str, context: Context) -> date:
    try:
        return bridge.as_of_run(district_id, context)
    except SettingsInvalid:  # invalid settings may be what the notification reports
        moment: datetime = context["dag_run"].logical_date or context["dag_run"].run_after
        return moment.astimezone(UTC).date()


def _page(district_id: str, kind: Kind, run: Run | None, context: Context) -> str | None:
    if kind == "check":
        return links.district_page(district_id, "check")
    if run:
        return links.run_page(run.district_id, run.run_id, _PAGES[kind])
    return links.dag_run_page(context["dag_run"].dag_id, context["dag_run"].run_id)


def _is_first_failure(context: Context) -> bool:
    """Return whether this task is the first red task of its DAG run.

    If notifications can't be stored, only this task sends one.
    """
    ti = context["ti"]
    others = {task: state for task, state in bridge.states_of(context).items() if task != ti.task_id}
    return "exception" in context and "failed" not in others.values()
