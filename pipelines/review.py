"""The plan against the district's limits, per school, entity and action: what is beyond them waits for a person."""

from __future__ import annotations

from math import floor
from typing import Any

from sqlalchemy import Connection

from pipelines.runs import Counts, Run, see_base
from pipelines.settings import Limits
from pipelines.store.engine import transaction
from pipelines.store.statements import rows, run

# Which limit an action counts against.
KINDS = {
    "archive": "archive",
    "update": "update",
    "move": "update",
    "rekey": "update",
    "create": "create",
    "reactivate": "create",
    "link": "create",
}


def review(night: Run, limits: Limits) -> Counts:
    """Hold what exceeds a limit and return how much: `held` changes in `holds` parts; empty when nothing is held."""
    with transaction() as connection:
        run(connection, "review.forget_holds", **night.key)
        beyond = exceeded(connection, night, limits)
        for part in beyond:
            allowed = max(floor(part["active_rows"] * part["percent"] / 100), part["floor"])
            where = {"school_id": part["school_id"], "entity": part["entity"]}
            counted = {"changes": part["changes"], "active_rows": part["active_rows"], "allowed": allowed}
            run(connection, "review.hold", **night.key, **where, action=part["action"], **counted)
            actions = [action for action, kind in KINDS.items() if kind == part["action"]]
            run(connection, "review.mark_held", **night.key, **where, actions=actions)
    if not beyond:
        return {}
    return {"holds": len(beyond), "held": sum(part["changes"] for part in beyond)}


def exceeded(connection: Connection, night: Run, limits: Limits) -> list[dict[str, Any]]:
    """Find the parts of a plan, each of one school, entity and kind of change, that are beyond the limits."""
    kinds = sorted(set(KINDS.values()))
    see_base(connection, night)
    return rows(
        connection,
        "review.exceeded",
        **night.key,
        actions=list(KINDS),
        kinds=list(KINDS.values()),
        limit_kinds=kinds,
        percents=[float(getattr(limits, f"{kind}_percent")) for kind in kinds],
        floors=[getattr(limits, f"{kind}_rows") for kind in kinds],
    )
