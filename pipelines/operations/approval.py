"""Approve what a run holds: a run of its own applies the held part."""

from __future__ import annotations

from pipelines import roster, runs
from pipelines.review import holds
from pipelines.runs import Outcome
from pipelines.runs.request import ApprovalRequest, Decision


def approve(run_id: int, decision: Decision) -> list[Outcome]:
    """Apply the approved holds of a run by a run of its own.

    Raises StalePlan if a hold is not open any more.
    """
    run = runs.load(run_id)
    holds.check(run, decision)
    request = ApprovalRequest(
        district_id=run.district_id, as_of=run.as_of, run_id=run_id, decision=decision, scope=run.scope
    )
    return roster.perform_steps(roster.start(request), ("merge", "audit"))
