"""Replay past nights from their landed snapshots, one after the other, in the order of their dates."""

from __future__ import annotations

import logging
from datetime import date, timedelta
from typing import Any

from pipelines import roster, runs
from pipelines.errors import AskHuman, SettingsInvalid, Skip
from pipelines.runs.request import ReplayRequest, Scope

log = logging.getLogger(__name__)


def replay(district_id: str, first: date, last: date, term: str | None) -> list[dict[str, Any]]:
    """Sync every night of a range; return as_of, run_id, status and code per night.

    If nothing is landed for a night, the night ends as skipped. If a person has to decide about a night, it stays as it
    is. Neither affects the other nights. Any other error that stops a night is raised. Raises SettingsInvalid if `last`
    is before `first`.
    """
    if last < first:
        raise SettingsInvalid("the last date is before the first date", fix="correct --from and --to")
    nights = []
    for day in range((last - first).days + 1):
        request = ReplayRequest(district_id=district_id, as_of=first + timedelta(days=day), scope=Scope(term=term))
        run_id = _sync(request)
        run = runs.load(run_id)
        nights.append({"as_of": run.as_of, "run_id": run_id, "status": run.status, "code": run.code})
    return nights


def _sync(request: ReplayRequest) -> int:
    run_id = roster.start(request)
    try:
        roster.perform_run(run_id)
    except (Skip, AskHuman) as error:
        log.info("replay of %s: %s", request.as_of, error.code)
    return run_id
