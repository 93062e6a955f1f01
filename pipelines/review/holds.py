"""The holds, which need approval: list, expire, make stale or reject them, or approve exactly what was seen."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from pipelines import runs
from pipelines.errors import SettingsInvalid, StalePlan
from pipelines.review import limits
from pipelines.runs import Run, undo_chain
from pipelines.runs.request import Decision
from pipelines.store.engine import transaction
from pipelines.store.statements import execute, rows

NIGHTS = 30  # the recent runs that advice on the limits is based on
# The statements that turn held creates of rows that are there, archived, into reactivations.
REACTIVATE = (
    "review/holds.reactivate_created@schools",
    "review/holds.reactivate_created@terms",
    "review/holds.reactivate_created@courses",
    "review/holds.reactivate_created@classes",
    "review/holds.reactivate_created@users",
    "review/holds.reactivate_created_enrollments",
)


def of_run(run: Run) -> list[dict[str, Any]]:
    """Return the holds of a run, by number: kind, school, entity, action, counts, status, digest, who decided and why.

    Holds that are past their time expire first.
    """
    with transaction() as connection:
        execute(connection, "review/holds.expire", district_id=run.district_id)
        return rows(connection, "review/holds.of_run", **run.key)


def is_open(run: Run) -> bool:
    """Return whether a part of the run needs approval."""
    return any(hold["status"] == "open" for hold in of_run(run))


def waiting(district_id: str) -> list[dict[str, Any]]:
    """Return the runs of which a part needs approval: run_id, holds, changes.

    Holds that are past their time expire first.
    """
    with transaction() as connection:
        execute(connection, "review/holds.expire", district_id=district_id)
        return rows(connection, "review/holds.waiting", district_id=district_id)


def digest_of(held: Sequence[dict[str, Any]]) -> str:
    """Return one digest for all open holds among those given: an approval names this digest."""
    return "-".join(hold["digest"] for hold in held if hold["status"] == "open")


def largest_shares(district_id: str) -> dict[str, tuple[int, float, int]]:
    """Return, per kind of limit, the recent runs with such changes, and the most that a run planned for a school.

    The most is given as a percentage of the school's rows that are active now, and in rows. First loads of a school are
    left out.
    """
    actions = {"actions": list(limits.KINDS), "kinds": list(limits.KINDS.values()), "nights": NIGHTS}
    with transaction() as connection:
        found = rows(connection, "review/holds.shares", district_id=district_id, **actions)
    return {row["kind"]: (row["nights"], float(row["percent"] or 0), row["changes"] or 0) for row in found}


def follow(connection: Connection, run: Run) -> None:
    """Bring the district's holds up to what this run has applied, in the run's transaction.

    A night makes the open holds of all other runs stale: its own plan asks about what is still beyond the limits. A
    late-arriving night does so only for its own date. An approval leaves all other holds open. The undo of an approval
    opens the approved holds again, and an undo of that undo closes them. Any other undo makes all open holds stale.
    """
    execute(connection, "review/holds.expire", district_id=run.district_id)
    if run.approves:
        return
    if run.reverts is not None:
        original, was_in_force = undo_chain.original(runs.load(run.reverts))
        if original.approves:
            (_reopen if was_in_force else _approve_again)(connection, runs.load(original.approves), original)
            return
    as_of = run.as_of if run.is_late and run.reverts is None else None
    execute(connection, "review/holds.make_stale", district_id=run.district_id, run_id=run.run_id, as_of=as_of)


def _approve_again(connection: Connection, run: Run, approval: Run) -> None:
    """Close the holds of a run again whose approval is in force again, since its undo was reverted."""
    key = {"district_id": run.district_id, "held_run_id": run.run_id, "approval_run_id": approval.run_id}
    execute(connection, "review/holds.apply_again", **key)
    execute(connection, "review/holds.approve_again", **key)
    _release(connection, run)


def _reopen(connection: Connection, run: Run, approval: Run) -> None:
    """Open the holds of a run again whose approval was reverted, with the digests of their present changes.

    If a newer run replaced this one, or if its staged rows are gone, the holds stay decided: the next night plans their
    changes anew.
    """
    sources = [one["source_n"] for one in runs.imports(run)]
    parameters = {"district_id": run.district_id, "held_run_id": run.run_id, "approval_run_id": approval.run_id}
    if not execute(connection, "review/holds.may_reopen", **parameters, source_n=max(sources)).scalar_one():
        return
    execute(connection, "review/holds.take_back_applied", **parameters)
    created = {"district_id": run.district_id, "held_run_id": run.run_id}
    for name in REACTIVATE:
        execute(connection, name, **created)
    execute(connection, "review/holds.reopen", **parameters)
    limits.seal(connection, run, sources)


def reject(run: Run, decision: Decision) -> tuple[int, ...]:
    """Reject open holds, and return their numbers. A rejected rekey is not proposed again.

    Raises SettingsInvalid or StalePlan as `choose` does.
    """
    with transaction() as connection:
        chosen = choose(connection, run, decision)
        execute(connection, "review/holds.decide", **_decided(run, decision, chosen, "rejected", None))
        for hold in (hold for hold in chosen if hold["kind"] == "rekey"):
            execute(connection, "plan/rekey.refuse", **run.key, source_n=hold["source_n"], entity=hold["entity"])
        _record(connection, run, decision, chosen, "reject")
        _release(connection, run)
    return tuple(hold["hold_n"] for hold in chosen)


def approve(connection: Connection, run: Run, approval: Run, decision: Decision) -> tuple[int, ...]:
    """Make the approved part of a run's plan the plan of `approval`, in the transaction that applies it.

    Returns the numbers of the approved holds. Raises SettingsInvalid if the run has no such holds. Raises StalePlan if
    the holds are no longer open, or if their changes differ from those that were seen.
    """
    chosen = choose(connection, run, decision)
    sources = [row["source_n"] for row in runs.imports(run)]
    now = limits.digests(connection, run, sources)
    if any(now.get(hold["hold_n"]) != hold["digest"] for hold in chosen):
        raise StalePlan("the held changes differ from those that were seen", fix="start a new run for the same date")
    numbers = [hold["hold_n"] for hold in chosen]
    _take_over(connection, run, approval, numbers)
    execute(connection, "review/holds.decide", **_decided(run, decision, chosen, "approved", approval.run_id))
    _record(connection, run, decision, chosen, "approve")
    _release(connection, run)
    return tuple(numbers)


def restore_plan(connection: Connection, run: Run, approval: Run) -> None:
    """Make the part of a run's plan that `approval` applied before the plan of `approval` again.

    This happens when a late-arriving run makes both runs be applied once more.
    """
    numbers = [
        hold["hold_n"]
        for hold in rows(connection, "review/holds.of_run", **run.key)
        if hold["applied_by"] == approval.run_id
    ]
    _take_over(connection, run, approval, numbers)


def check(run: Run, decision: Decision) -> None:
    """Raise SettingsInvalid or StalePlan if a decision is about holds that do not exist or are no longer open."""
    with transaction() as connection:
        choose(connection, run, decision)


def choose(connection: Connection, run: Run, decision: Decision) -> list[dict[str, Any]]:
    """Return the open holds that a decision is about.

    Raises SettingsInvalid if the run has no holds, or none of a number that the decision names. Raises StalePlan if the
    run was not applied, if the holds are no longer open, or if the decision's digest differs from theirs.
    """
    if run.status != "applied":
        raise StalePlan(
            f"run {run.run_id} is {run.status}: the plan around its holds was not applied",
            fix=f"sync the date again: rollbook sync -d {run.district_id} --as-of {run.as_of}",
        )
    execute(connection, "review/holds.expire", district_id=run.district_id)
    held = {hold["hold_n"]: hold for hold in rows(connection, "review/holds.lock_open", **run.key)}
    unknown = set(decision.holds) - held.keys()
    if unknown or not held:
        what = f"no hold {', '.join(map(str, sorted(unknown)))}" if unknown else "no holds"
        raise SettingsInvalid(f"run {run.run_id} has {what}", fix=f"see: rollbook plan show --run {run.run_id}")
    chosen = [held[n] for n in decision.holds] if decision.holds else [*held.values()]
    still_open = [hold for hold in chosen if hold["status"] == "open"]
    ended = sorted({hold["status"] for hold in chosen} - {"open"})
    if not still_open or (decision.holds and ended):
        raise StalePlan(f"the holds are no longer open: {', '.join(ended)}", fix="see: rollbook runs")
    if decision.digest and decision.digest not in {digest_of(still_open), digest_of([*held.values()])}:
        raise StalePlan("the digest is not that of the open holds", fix=f"see: rollbook plan show --run {run.run_id}")
    return still_open


def _take_over(connection: Connection, run: Run, approval: Run, numbers: list[int]) -> None:
    """Copy the changes of some holds from a run's plan into its approval's plan, and mark them as applied by it.

    Changes that depend only on these holds are copied, too.
    """
    taken = {"district_id": run.district_id, "run_id": approval.run_id, "held_run_id": run.run_id}
    # Changes of earlier approvals that depended on other holds may be applied now, too.
    held = rows(connection, "review/holds.of_run", **run.key)
    numbers = numbers + [hold["hold_n"] for hold in held if 0 < (hold["applied_by"] or 0) < approval.run_id]
    runs.see_base(connection, approval)
    execute(connection, "plan/scope.forget_plan", **approval.key)
    execute(connection, "review/holds.take_over@enrollments", **taken, approved=numbers)
    limits.hold_dependents(connection, approval.key, run.run_id, numbers)
    execute(connection, "review/holds.leave_waiting", **approval.key)
    execute(connection, "review/holds.mark_applied", **taken, approved=numbers)


def _release(connection: Connection, run: Run) -> None:
    """Clear the run's code HOLD_REQUIRED if none of its holds is open any more."""
    execute(connection, "runs/runs.clear_code", run_id=run.run_id)


def _decided(
    run: Run, decision: Decision, chosen: Sequence[dict[str, Any]], status: str, applied_by: int | None
) -> dict[str, Any]:
    parameters = {"status": status, "decided_by": decision.by, "why": decision.why or None, "applied_by": applied_by}
    return run.key | parameters | {"holds": [hold["hold_n"] for hold in chosen]}


def _record(
    connection: Connection, run: Run, decision: Decision, chosen: Sequence[dict[str, Any]], choice: str
) -> None:
    """Record who decided what, and why, in the decisions and in the audit log, both of which only grow."""
    holds = [{"hold_n": hold["hold_n"], "digest": hold["digest"]} for hold in chosen]
    details = json.dumps({"run_id": run.run_id, "holds": holds, "why": decision.why})
    parameters = {"district_id": run.district_id, "details": details}
    execute(connection, "review/holds.record", **parameters, choice=choice, decided_by=decision.by)
    execute(connection, "review/holds.log", **parameters, actor=decision.by, act=f"hold.{choice}")
