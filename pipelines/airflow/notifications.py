"""Notices under Airflow: the callbacks that tell, and the ways out, which are the providers' own hooks.

A failure is told of by the task that failed, in its worker, and once more by its DAG run, in the dag-processor: of a
task whose process was killed outright Airflow calls only the latter, and one that was lost with its machine it tells of
twice. Whoever is first tells (`notices.keep`). DAG files import this, so it loads nothing heavy until there is news.
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

_BEGUN_BY = {"roster": "extract", "gradebook": "collect", "holds": "brief"}  # the task that knows the run's number
_PAGES = {"roster": "", "gradebook": "grades", "holds": "holds"}


def when_failed(district_id: str, kind: Kind) -> Callable[[Context], None]:
    """Give the callback of a task, or of a DAG run, that failed."""
    return _callback(district_id, lambda notify, context: _failure(district_id, kind, notify, context))


def when_held(district_id: str, kind: Kind) -> Callable[[Context], None]:
    """Give the callback of a task that found that something waits for a person."""
    return _callback(district_id, lambda notify, context: _hold(kind, notify, context))


def when_exported(district_id: str) -> Callable[[Context], None]:
    """Give the callback of an export's end: it may leave scores that somebody changed in Canvas to a person."""
    return _callback(district_id, lambda _, context: _overwrites(context))


def when_synced(district_id: str) -> Callable[[Context], None]:
    """Give the callback of a night that went well; it may have refused many lines all the same."""
    return _callback(district_id, lambda notify, context: _quarantine(_run("roster", context), notify))


def _callback(district_id: str, find: Find) -> Callable[[Context], None]:
    def tell(context: Context) -> None:
        from pipelines.operations import notifications as notices

        try:
            _tell(district_id, find, context)
        except Exception as error:  # noqa: BLE001 - the night has its colour by now, and keeps it
            log.warning("%s", notices.not_sent("any channel", error))

    return tell


def _tell(district_id: str, find: Find, context: Context) -> None:
    from pipelines.airflow.channels import channels_of
    from pipelines.operations import notifications as notices

    notify = notices.notify_of(district_id)
    channels = channels_of(notify)
    # Whoever began a backfill looks at it; a term's worth of mail about the past would help nobody.
    if not channels or context["dag_run"].run_type == "backfill":
        return
    found = [notification for notification in find(notify, context) if notification.about in notify.about]
    try:
        for notification in found:
            notices.keep(notification, [*channels])
    except RollbookError:  # most likely that is the very thing to tell
        if _speaks_first(context):
            notices.send_unkept(found, channels)
        raise
    notices.deliver(district_id, notify.about, channels)


def _failure(district_id: str, kind: Kind, notify: Notify, context: Context) -> Iterable[Notification]:
    from pipelines.operations import notifications as notices

    if kind == "check" and context["dag_run"].run_type in bridge.BY_HAND:  # whoever asked for it is looking
        return []
    error = translation.explained_by(context)
    night = None
    with suppress(RollbookError):  # without the warehouse it is told all the same, in fewer words
        if kind == "imports" and (not context.get("exception") or (error and error.code == ImportMissing.code)):
            missing = _missing(district_id, context)
            if missing:
                return missing
        night = _run(kind, context)
    if kind == "roster" and "failure" not in notify.about:
        return _quarantine(night, notify)
    as_of = night.as_of if night else _as_of(district_id, context)
    return [notices.failure(district_id, kind, as_of, night, error, _page(district_id, kind, night, context))]


def _missing(district_id: str, context: Context) -> list[Notification]:
    from pipelines.operations import freshness
    from pipelines.operations import notifications as notices

    moment: datetime = context["dag_run"].logical_date or context["dag_run"].run_after
    district = load_district(district_id)
    missing = [one for one in freshness.expected(district, moment) if one.is_missing]
    return notices.imports_missing(district, missing, links.district_page(district_id, "imports"))


def _hold(kind: Kind, notify: Notify, context: Context) -> Iterable[Notification]:
    from pipelines.operations import notifications as notices

    night = _run(kind, context)
    if night is None or night.is_replay:  # a question of a backfill, to whoever began it
        return []
    owner = load_district(night.district_id).owner
    found = notices.hold(night, owner, links.run_page(night.district_id, night.run_id, "holds"))
    return [found] if found else []


def _overwrites(context: Context) -> Iterable[Notification]:
    from pipelines.operations import notifications as notices

    night = _run("gradebook", context)
    if night is None or night.plan_only:  # whoever asks for a plan reads it
        return []
    found = notices.overwrites(night, links.run_page(night.district_id, night.run_id, "grades"))
    return [found] if found else []


def _quarantine(night: Run | None, notify: Notify) -> Iterable[Notification]:
    from pipelines.operations import notifications as notices

    if night is None:
        return []
    page = links.run_page(night.district_id, night.run_id, "validations")
    found = notices.quarantine(night, notify.quarantine_percent, page)
    return [found] if found else []


def _run(kind: Kind, context: Context) -> Run | None:
    """The run of ours that the DAG run began, if it came that far."""
    from pipelines import runs

    if kind not in _BEGUN_BY:
        return None
    run_id = context["ti"].xcom_pull(task_ids=_BEGUN_BY[kind], key="run_id")
    return runs.load(int(run_id)) if run_id is not None else None


def _as_of(district_id: str, context: Context) -> date:
    try:
        return bridge.as_of_run(district_id, context)
    except SettingsInvalid:  # which may be what is told of
        moment: datetime = context["dag_run"].logical_date or context["dag_run"].run_after
        return moment.astimezone(UTC).date()


def _page(district_id: str, kind: Kind, night: Run | None, context: Context) -> str | None:
    if kind == "check":
        return links.district_page(district_id, "check")
    if night:
        return links.run_page(night.district_id, night.run_id, _PAGES[kind])
    return links.dag_run_page(context["dag_run"].dag_id, context["dag_run"].run_id)


def _speaks_first(context: Context) -> bool:
    """Whether this is the first red task of its DAG run: where nothing can be kept, it alone tells."""
    ti = context["ti"]
    others = {task: state for task, state in bridge.states_of(context).items() if task != ti.task_id}
    return "exception" in context and "failed" not in others.values()
