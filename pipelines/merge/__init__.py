"""merge: apply a run's changes to the roster in one transaction.

Runs may arrive in any order; their changes count in the order of their dates. A run is a night, an approval of what a
run held, or the undo of a run.

apply.py      applies a plan to the roster, under the district's lock
late_runs.py  applies a run that arrives after runs of later dates
undo.py       reverts a run from history
"""

from __future__ import annotations

from sqlalchemy import Connection

from pipelines import runs
from pipelines.errors import HoldRequired
from pipelines.extract.run_sources import kinds
from pipelines.merge import apply, late_runs, undo
from pipelines.plan.changes import plan_in
from pipelines.plan.scope import source_scopes
from pipelines.review import holds, limits
from pipelines.runs import Counts, Run, standing
from pipelines.runs.request import ApprovalRequest, UndoRequest
from pipelines.settings import District
from pipelines.stage import stage_again, staging
from pipelines.store.engine import transaction


def merge(run: Run, district: District) -> Counts:
    """Apply a run to the roster, and return its counts.

    If the run was applied before, nothing is done. If the process is killed, the roster stays as it was before the run.
    """
    if run.status == "applied":
        return {}
    with transaction() as connection:
        apply.lock(connection, run.district_id)
        match run.request:
            case UndoRequest(reverts=reverted):
                counts, needs_approval = undo.undo(connection, run, runs.load(reverted)), False
            case ApprovalRequest() as approval:
                counts, needs_approval = _apply_approved(connection, run, approval, district), False
            case _:
                apply.check_base(connection, run)
                counts = _apply_in_order(connection, run, district, None)
                needs_approval = limits.is_held(connection, run)
        holds.follow(connection, run)
        standing.replace(connection, run)
        apply.conclude(connection, run, HoldRequired.code if needs_approval else None)
    apply.analyze(counts)
    return counts


def _apply_in_order(connection: Connection, run: Run, district: District, staged_by: Run | None) -> Counts:
    staged: list[Run] = []

    def act(on_time: Run) -> Counts:
        return _apply(connection, on_time, district, staged_by)

    def again(later: Run) -> None:
        _apply_again(connection, later, district)
        staged.append(later)

    counts = late_runs.apply_in_order(connection, run, act, again)
    for later in staged:
        if not limits.is_held(connection, later):
            staging.close(connection, later, kinds(later, district))
    return counts


def _apply(connection: Connection, run: Run, district: District, staged_by: Run | None = None) -> Counts:
    delivered = source_scopes(connection, run, district)
    return apply.apply(connection, run, delivered, district.invite, staged_by or run)


def _apply_approved(connection: Connection, run: Run, approval: ApprovalRequest, district: District) -> Counts:
    """Apply the held part of a run that a person approved, exactly as the person saw it."""
    planned = runs.load(approval.run_id)
    holds.approve(connection, planned, run, approval.decision)
    return _apply_in_order(connection, run, district, planned)


def _apply_again(connection: Connection, run: Run, district: District) -> None:
    """Apply a later run once more: from its landed snapshot, on the roster as it now is at the run's date.

    What was held in the later run is held again, with its present counts. If the held part was approved, the approval
    is a run of its own: the held part is applied when that run is applied again.
    """
    if run.approves:
        planned = runs.load(run.approves)
        holds.restore_plan(connection, planned, run)
        _apply(connection, run, district, planned)
        return
    stage_again(connection, run, district)
    plan_in(connection, run, source_scopes(connection, run, district))
    limits.hold_again(connection, run, district, [*kinds(run, district)])
    _apply(connection, run, district)
