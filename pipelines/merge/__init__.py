"""The merge step: what a run is to change, applied at its place among the nights, in one transaction.

A run is a night, an approval of what a night held, or the undoing of a run.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from pipelines import plan, review, runs
from pipelines.errors import HoldRequired
from pipelines.extract import nights
from pipelines.merge import apply as merge
from pipelines.merge import late_runs, undo
from pipelines.review import holds
from pipelines.review.holds import Decision
from pipelines.runs import Counts, Run
from pipelines.settings import District
from pipelines.stage import close
from pipelines.store.engine import transaction


def apply(night: Run, district: District) -> Counts:
    """Apply a run; one that was applied already is left alone. A killed one leaves the old roster."""
    if night.status == "applied":
        return {}
    with transaction() as connection:
        merge.lock(connection, night.district_id)
        if night.request.undo:
            counts, waits = undo.undo(connection, night), False
        elif night.request.approves:
            counts, waits = _apply_approved(connection, night, district), False
        else:
            merge.check_base(connection, night)
            counts = _at_its_place(connection, night, district, None)
            waits = review.is_held(connection, night)
        parent = night.request.approves
        holds.make_stale(connection, night, [parent.run_id] if parent and not night.behind else [])
        merge.conclude(connection, night, HoldRequired.code if waits else None)
    merge.look_again(counts)
    return counts


def _at_its_place(connection: Connection, night: Run, district: District, staged_by: Run | None) -> Counts:
    staged: list[Run] = []

    def act(placed: Run) -> Counts:
        return _apply(connection, placed, district, staged_by)

    def again(later: Run) -> None:
        _apply_again(connection, later, district)
        staged.append(later)

    counts = late_runs.at_its_place(connection, night, act, again)
    for later in staged:
        close(connection, later, nights.kinds(later, district))
    return counts


def _apply(connection: Connection, night: Run, district: District, staged_by: Run | None = None) -> Counts:
    delivered = nights.delivered(connection, night, district)
    return merge.apply(connection, night, delivered, district.invite, staged_by or night)


def _apply_approved(connection: Connection, night: Run, district: District) -> Counts:
    """Apply the held part of a night that a person approved, exactly as it was seen."""
    approval = night.request.approves
    assert approval is not None
    planned = runs.load(approval.run_id)
    decision = Decision(approval.by, approval.why, approval.holds, approval.digest)
    holds.approve(connection, planned, night, decision)
    night = replace(night, request=night.request.model_copy(update={"scope": planned.request.scope}))
    return _at_its_place(connection, night, district, planned)


def _apply_again(connection: Connection, night: Run, district: District) -> None:
    """Apply a later night once more: from its landed snapshot, beside the roster as it now stands there.

    What was held then is left out again, unless its approval, which is a run of its own, comes up.
    """
    if night.request.approves:
        planned = runs.load(night.request.approves.run_id)
        night = replace(night, request=night.request.model_copy(update={"scope": planned.request.scope}))
        holds.take_again(connection, planned, night)
        _apply(connection, night, district, planned)
        return
    if night.status == "unchanged" and late_runs.is_unchanged(connection, night):
        return
    nights.stage_again(connection, night, district)
    plan.plan_in(connection, night, nights.delivered(connection, night, district))
    review.hold_again(connection, night, district)
    _apply(connection, night, district)
