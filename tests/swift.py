"""Runs without Great Expectations, for properties that need hundreds of runs. Every other step is the real one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from pipelines import roster, runs
from pipelines.audit.checks import prove
from pipelines.runs import Run
from pipelines.runs.request import NightRequest, Scope
from pipelines.stage import staging
from pipelines.store import landing
from tests.town import Town


def sync(town: Town, path: Path, as_of: date, scope: Scope | None = None) -> Run:
    """Sync a file, and return the run as it ended."""
    run_id = planned(town, path, as_of, scope)
    if runs.load(run_id).status == "running":
        roster.perform("merge", run_id)
        prove(runs.load(run_id))
    return runs.load(run_id)


def planned(town: Town, path: Path, as_of: date, scope: Scope | None = None) -> int:
    """Plan a file without a change to the roster, and return the run's number."""
    request = NightRequest(district_id=town.district_id, as_of=as_of, path=str(path), scope=scope or Scope())
    return reviewed(roster.start(request))


def reviewed(run_id: int) -> int:
    """Perform a run that was started up to its review, and return the run's number."""
    roster.perform("extract", run_id)
    if runs.load(run_id).status == "running":
        roster.perform("validate", run_id)
        _stage(runs.load(run_id))
        roster.perform("plan", run_id)
        roster.perform("review", run_id)
    return run_id


def _stage(run: Run) -> None:
    def frame(name: str) -> object:
        return landing.frame(run.district_id, run.run_id, "0", name)

    names = landing.frame_names(run.district_id, run.run_id, "0")
    accepted, present = (
        {name.removeprefix(prefix): frame(name) for name in names if name.startswith(prefix)}
        for prefix in ("accepted.", "present.")
    )
    staging.load(run, 0, accepted, present)
    staging.write_quarantine(run, 0, frame("quarantine"))
    landing.forget_frames(run.district_id, run.run_id)
