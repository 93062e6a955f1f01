"""Compose a roster run: extract → validate → stage → plan → review → merge → audit → report. Read this first.

Each step is a function in the package of its name. A step finds what it needs by the run's number. So the steps run in
one process (`sync`) or as Airflow tasks on several machines (`start`, then `perform` for each). Every step may be
tried again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from pipelines import runs
from pipelines.audit import audit
from pipelines.errors import HoldRequired, RunEnded, SettingsInvalid
from pipelines.extract import extract
from pipelines.merge import merge
from pipelines.plan import plan
from pipelines.report import report
from pipelines.review import holds, review
from pipelines.runs import Counts, Outcome, Run, recording
from pipelines.runs.request import Request
from pipelines.settings import District, load_district
from pipelines.sources.resolved_settings import version
from pipelines.stage import stage
from pipelines.validate import validate

_FUNCTIONS: dict[str, Callable[[Run, District], Counts]] = {
    "extract": extract,
    "validate": validate,
    "stage": stage,
    "plan": plan,
    "review": review,
    "merge": merge,
    "audit": audit,
    "report": report,
}
STEPS = tuple(_FUNCTIONS)
AFTER_MERGE = frozenset({"merge", "audit", "report"})


def start(request: Request) -> int:
    """Record the start of a run and return the run's number.

    Raises SettingsInvalid if the district's settings can't be read, or if `as_of` is later than tomorrow. After a run
    of a future date, the runs of all dates before it would be older than the roster.
    """
    district = load_district(request.district_id)
    tomorrow = datetime.now(district.zone).date() + timedelta(days=1)
    if request.as_of > tomorrow:
        raise SettingsInvalid(f"the date {request.as_of} is later than tomorrow", fix="correct the date")
    return runs.start(request, settings=version(district))


def sync(request: Request) -> list[Outcome]:
    """Perform a whole run in one process, and return each step's outcome.

    If an error ends the run early, the report is still written and the error is raised. Raises HoldRequired, after all
    else is done, if a part of a run of the district needs approval.
    """
    return perform_run(start(request))


def perform_run(run_id: int) -> list[Outcome]:
    """Perform all steps of a run that was started.

    Raises HoldRequired, after the report, if a part of a run of the district needs approval. A run that only plans
    never raises HoldRequired.
    """
    outcomes = perform_steps(run_id, STEPS[:-1])
    run = runs.load(run_id)
    held = [] if run.plan_only else holds.waiting(run.district_id)
    if held:
        newest = held[-1]
        raise HoldRequired(
            f"{newest['changes']} changes in {newest['holds']} parts of run {newest['run_id']} need approval; "
            "the other changes were applied",
            owner=load_district(run.district_id).owner,
            fix=f"see them: rollbook plan show --run {newest['run_id']}; then rollbook plan approve, or plan reject",
        )
    return outcomes


def perform_steps(run_id: int, steps: Sequence[str]) -> list[Outcome]:
    """Perform the given steps until the run ends, then write the run's report."""
    outcomes = []
    try:
        for step in steps:
            outcomes.append(perform(step, run_id))
            if outcomes[-1].status not in {"running", "applied"}:
                break
    finally:
        outcomes.append(perform("report", run_id))
    return outcomes


def perform(step: str, run_id: int) -> Outcome:
    """Perform one step of a run, and record the step's outcome.

    Raises RunEnded if the run ended before this step. Raises every error that the step itself raises.
    """
    run = runs.load(run_id)
    if _is_over(run, step):
        raise RunEnded(f"the run ended as {run.status} before {step}", fix="nothing")
    if run.status == "failed" and step != "report":
        runs.resume(run_id)
    return recording.record(run, step, lambda: _FUNCTIONS[step](run, load_district(run.district_id)))


def _is_over(run: Run, step: str) -> bool:
    if step == "report":
        return False
    return run.status in runs.ENDED and not (run.status == "applied" and step in AFTER_MERGE)
