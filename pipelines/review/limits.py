"""Compare the plan with the district's limits, per school, entity and kind of change, and hold the parts beyond them.

The rest is applied. The held parts need approval (`holds.py`), together with the changes that depend on them. So nobody
is enrolled in a class that does not exist yet, and nobody is archived who is still enrolled in a class.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from math import floor
from typing import Any

from sqlalchemy import Connection

from pipelines.runs import Counts, Run, see_base, see_staging
from pipelines.settings import Change, District, Limits
from pipelines.settings.windows import mode_on
from pipelines.store.engine import transaction
from pipelines.store.statements import execute, execute_each, rows

# The limit that each action counts against.
KINDS = {
    "archive": "archive",
    "update": "update",
    "move": "update",
    "rekey": "update",
    "create": "create",
    "reactivate": "create",
    "link": "create",
}


# The statements that hold what depends on a held change, in this order.
DEPENDENT = ("review/limits.hold_who_enters", "review/limits.hold_who_still_sits", "review/limits.hold_what_houses")

_NOWHERE = {"school_id": None, "active_rows": 0, "allowed": 0}  # a rekey concerns a source, not a school
_HOLD = ("kind", "source_n", "school_id", "entity", "action", "changes", "active_rows", "allowed")


def hold_excess(run: Run, district: District, sources: Sequence[int]) -> Counts:
    """Hold the parts of the plan that exceed a limit; a second review holds the same parts.

    Returns `holds`, `held`, and of the held changes `held.depending` and `left_out`. Counts of zero are absent: if
    nothing is held, there are no counts. `sources` are the numbers of the run's staged sources.
    """
    with transaction() as connection:
        see_base(connection, run)
        execute(connection, "review/limits.release", **run.key)
        execute(connection, "review/limits.forget_holds", **run.key)
        _leave_out(connection, run, district)
        limits = limits_of(connection, run, district.limits, sources)
        holds = _hold(connection, run, district, limits)
        held = rows(connection, "review/limits.held", **run.key)[0]
        if held["held"]:
            hold_dependents(connection, run.key, run.run_id, ())
            seal(connection, run, sources)
            held = rows(connection, "review/limits.held", **run.key)[0]
        _count(connection, run)
    counts = {"holds": holds, "held": held["held"], "held.depending": held["depending"], "left_out": held["left_out"]}
    return {name: count for name, count in counts.items() if count}


def limits_of(connection: Connection, run: Run, limits: Limits, sources: Sequence[int]) -> Change:
    """Return the limits of this run: around a term's first or last day a school may change more."""
    turns = set()
    for source_n in sources:
        see_staging(connection, run, source_n)
        of_date = {"district_id": run.district_id, "as_of": run.as_of, "days": limits.turn_days}
        facts = rows(connection, "review/limits.turn", **of_date)[0]
        turns |= {name for name, is_true in facts.items() if is_true}
    if "term_start" in turns:
        return limits.term_start
    return limits.term_end if "term_end" in turns else limits


def exceeded(connection: Connection, run: Run, limits: Change, first_load_rows: int | None) -> list[dict[str, Any]]:
    """Return the parts of a plan that are beyond the limits, each of one school, entity and kind of change."""
    kinds = sorted(set(KINDS.values()))
    see_base(connection, run)
    return rows(
        connection,
        "review/limits.exceeded",
        **run.key,
        actions=list(KINDS),
        kinds=list(KINDS.values()),
        limit_kinds=kinds,
        percents=[float(getattr(limits, f"{kind}_percent")) for kind in kinds],
        floors=[getattr(limits, f"{kind}_rows") for kind in kinds],
        first_load_rows=first_load_rows,
    )


def hold_dependents(connection: Connection, key: dict[str, Any], held_run_id: int, approved: Sequence[int]) -> None:
    """Hold the changes of the run of `key` that depend on changes held in `held_run_id`.

    `approved` are the numbers of holds that no longer count as held.
    """
    parameters = {**key, "held_run_id": held_run_id, "approved": list(approved)}
    for name in DEPENDENT:
        execute(connection, name, **parameters)


def is_held(connection: Connection, run: Run) -> bool:
    """Return whether a part of the run needs approval."""
    needs_approval: bool = execute(connection, "review/limits.waits", **run.key).scalar_one()
    return needs_approval


def hold_again(connection: Connection, run: Run, district: District, sources: Sequence[int]) -> None:
    """Hold, in a plan that is made once more, the same parts that the run's review held.

    An open hold gets the counts and the digest of its present changes. An open hold without changes becomes stale.
    """
    see_base(connection, run)
    _leave_out(connection, run, district)
    for hold in rows(connection, "review/limits.holds", **run.key):
        _mark(connection, run, hold)
    hold_dependents(connection, run.key, run.run_id, ())
    execute(connection, "review/limits.recount_holds", **run.key)
    seal(connection, run, sources)
    _count(connection, run)


def seal(connection: Connection, run: Run, sources: Sequence[int]) -> None:
    """Record the digest of each hold, so that only the changes that a person saw can be approved.

    The staged rows are made to survive a crash of the server, since the approval may come days later.
    """
    for source_n in sources:
        execute(connection, "stage/staging.keep", run_id=run.run_id, source_n=source_n)
    for hold_n, digest in digests(connection, run, sources).items():
        execute(connection, "review/limits.seal", **run.key, hold_n=hold_n, digest=digest)


def digests(connection: Connection, run: Run, sources: Sequence[int]) -> dict[int, str]:
    """Return the digest of each hold of a run as it is now, computed from its changes and what they would write.

    Raises StalePlan if the run's staged rows are gone.
    """
    changes: dict[int, list[Any]] = {}
    for source_n in sources:
        see_staging(connection, run, source_n)
        for row in rows(connection, "review/limits.digest@enrollments", **run.key, source_n=source_n):
            part = (source_n, row["changes"], str(row["one"]), str(row["other"]))
            changes.setdefault(row["hold_n"], []).append(part)
    return {hold_n: hashlib.sha256(repr(parts).encode()).hexdigest()[:16] for hold_n, parts in changes.items()}


def _hold(connection: Connection, run: Run, district: District, limits: Change) -> int:
    """Create the holds of a run, mark their changes, and return the number of holds."""
    status = "planned" if run.plan_only else "open"
    facts = {**run.key, "status": status, "open_seconds": district.limits.hold_days * 86_400}
    held: list[dict[str, Any]] = [
        {**part, "kind": "limit", "source_n": None, "allowed": _allowed(part)}
        for part in exceeded(connection, run, limits, district.limits.first_load_rows)
    ]
    rekeys = rows(connection, "review/limits.rekeys", **run.key)
    held += [{**part, "kind": "rekey", "action": "rekey", **_NOWHERE} for part in rekeys]
    for hold_n, part in enumerate(held, 1):
        hold = {name: part[name] for name in _HOLD} | {"hold_n": hold_n}
        execute(connection, "review/limits.hold", **facts, **hold)
        _mark(connection, run, hold)
    return len(held)


def _count(connection: Connection, run: Run) -> None:
    """Record the plan in counts, for the views of the plan."""
    execute_each(connection, run.key, "review/limits.forget_counts", "review/limits.count")


def _leave_out(connection: Connection, run: Run, district: District) -> None:
    if mode_on(district, run.as_of) == "additions_only":
        execute(connection, "review/limits.leave_out_departures", **run.key)


def _allowed(part: dict[str, Any]) -> int:
    percent: int = floor(part["active_rows"] * part["percent"] / 100)
    return max(percent, int(part["floor"]))


def _mark(connection: Connection, run: Run, hold: dict[str, Any]) -> None:
    parameters = {**run.key, "hold_n": hold["hold_n"], "entity": hold["entity"]}
    if hold["kind"] == "rekey":
        execute(connection, "review/limits.mark_rekeys", **parameters, source_n=hold["source_n"])
        return
    actions = [action for action, kind in KINDS.items() if kind == hold["action"]]
    execute(connection, "review/limits.mark_held", **parameters, school_id=hold["school_id"], actions=actions)
