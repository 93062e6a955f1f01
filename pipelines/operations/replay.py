"""Past nights synced from what was landed of them, one after the other, each at its place among the others."""

from __future__ import annotations

import logging
from datetime import date, timedelta
from typing import Any

from pipelines import roster, runs
from pipelines.errors import AskHuman, SettingsInvalid, Skip
from pipelines.runs.request import ReplayRequest, Scope

log = logging.getLogger(__name__)


def replay(district_id: str, first: date, last: date, term: str | None) -> list[dict[str, Any]]:
    """Sync every night of a range; per night as_of, run_id, status and code.

    A night of which nothing was kept ends as skipped, one that a person has to decide about stays as it is; both leave
    the others alone. What stops a night otherwise is raised.
    """
    if last < first:
        raise SettingsInvalid("the last night is before the first", fix="correct --from and --to")
    told = []
    for day in range((last - first).days + 1):
        request = ReplayRequest(district_id=district_id, as_of=first + timedelta(days=day), scope=Scope(term=term))
        run_id = _sync(request)
        night = runs.load(run_id)
        told.append({"as_of": night.as_of, "run_id": run_id, "status": night.status, "code": night.code})
    return told


def _sync(request: ReplayRequest) -> int:
    run_id = roster.start(request)
    try:
        roster.perform_night(run_id)
    except (Skip, AskHuman) as error:
        log.info("night of %s: %s", request.as_of, error.code)
    return run_id
