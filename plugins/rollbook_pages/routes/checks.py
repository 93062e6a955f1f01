"""The result of the last self-check: a DAG sends requests to vendors; a page sends none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Response

from pipelines.errors import SettingsInvalid
from pipelines.settings import load_district
from rollbook_pages import guard, questions
from rollbook_pages.guard import Checks, Reads

router = APIRouter()
_LONGEST = timedelta(minutes=30)  # the longest that a check may take (dags/district_check.py)


@router.get("/{district_id}/check")
def check(here: Reads, asked_at: datetime | None = None) -> Response:
    """Return the last check: the steps of the launch, what is left at each school, every single check."""
    # Imported here: these modules import every kind of source, and pandas with them.
    from pipelines.operations.self_check import last_check
    from pipelines.sources.resolved_settings import version

    last = last_check.last(here.district_id)
    facts: dict[str, Any] = {"last": last, "version": None, "error": None}
    try:
        facts["version"] = version(load_district(here.district_id))
    except SettingsInvalid as error:  # the page shows this error first
        facts["error"] = str(error)
    may_run, is_awaited = guard.may_start(here, guard.CHECKS), _is_awaited(asked_at, last)
    return here.page("check.html", may_run=may_run, is_awaited=is_awaited, **facts)


@router.post("/{district_id}/check")
def check_now(here: Checks) -> Response:
    """Start the district's self-check in Airflow."""
    questions.begin(here.request, f"{guard.CHECKS}__{here.district_id}", {})
    return here.lead("/check", asked_at=datetime.now(UTC).isoformat(timespec="seconds"))


def _is_awaited(asked_at: datetime | None, last: dict[str, Any] | None) -> bool:
    """Return whether the check requested at `asked_at` has no result yet.

    If that was more than 30 minutes ago, return False: a check that did not end in its time never ends.
    """
    if asked_at is None or asked_at.tzinfo is None or datetime.now(UTC) - asked_at > _LONGEST:
        return False
    return last is None or last["at"] < asked_at
