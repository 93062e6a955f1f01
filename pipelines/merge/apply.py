"""The plan applied to the roster: one transaction, under the district's lock, all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from pipelines import runs
from pipelines.errors import ScopeViolated, StalePlan
from pipelines.plan.scope import SourceScope
from pipelines.runs import Counts, Run, see_base, see_staging
from pipelines.store.engine import transaction
from pipelines.store.statements import execute, execute_each, parameters_of

# Changed rows from which the planner should look at history, and at the roster, at once; else autovacuum does.
NOTABLE, LARGE = 10_000, 100_000

# What is applied of a source's plan, from top to bottom, and what the rows written are counted as.
ORDER = (
    ("merge/entities.keep_history@schools", None),
    ("merge/entities.update@schools", "applied.updated"),
    ("merge/entities.archive@schools", "applied.archived"),
    ("merge/entities.create@schools", "applied.created"),
    ("merge/entities.link@schools", None),
    ("merge/entities.keep_history@terms", None),
    ("merge/entities.update@terms", "applied.updated"),
    ("merge/entities.archive@terms", "applied.archived"),
    ("merge/entities.create@terms", "applied.created"),
    ("merge/entities.link@terms", None),
    ("merge/entities.keep_history@courses", None),
    ("merge/entities.update@courses", "applied.updated"),
    ("merge/entities.archive@courses", "applied.archived"),
    ("merge/entities.create@courses", "applied.created"),
    ("merge/entities.link@courses", None),
    ("merge/entities.keep_history@classes", None),
    ("merge/entities.update@classes", "applied.updated"),
    ("merge/entities.archive@classes", "applied.archived"),
    ("merge/entities.create@classes", "applied.created"),
    ("merge/entities.link@classes", None),
    ("merge/entities.keep_history@users", None),
    ("merge/entities.update@users", "applied.updated"),
    ("merge/entities.archive@users", "applied.archived"),
    ("merge/users.create@users", "applied.created"),
    ("merge/entities.link@users", None),
    ("merge/enrollments.keep_history@enrollments", None),
    ("merge/enrollments.update@enrollments", "applied.updated"),
    ("merge/enrollments.archive@enrollments", "applied.archived"),
    ("merge/enrollments.create@enrollments", "applied.created"),
)


def lock(connection: Connection, district_id: str) -> None:
    """Let one transaction at a time change the district's roster."""
    execute(connection, "merge/apply.lock", district_id=district_id)


def check_base(connection: Connection, night: Run) -> None:
    """Raise StalePlan when another run was applied since the plan was made; the district's lock is held."""
    if execute(connection, "merge/apply.last_applied", district_id=night.district_id).scalar_one() != night.base_run_id:
        raise StalePlan("another run was applied since this plan was made", fix="run the night again")


def apply(connection: Connection, night: Run, delivered: Sequence[SourceScope], invite: str, staged_by: Run) -> Counts:
    """Apply what is not held of the run's plan, source by source. Returns the rows written.

    `staged_by` is the run whose staging holds the rows: the run itself, or the one whose held part this one applies.
    Raises ScopeViolated when a row outside the scope was touched, which PostgreSQL sees whatever the plan says.
    """
    counts: Counts = {"applied.created": 0, "applied.updated": 0, "applied.archived": 0}
    see_base(connection, night)
    try:
        for source in delivered:
            see_staging(connection, staged_by, source.source_n)
            _begin_proof(connection, night, source)
            known = night.key | {"source_n": source.source_n, "source": source.source}
            _apply(connection, known | {"as_of": night.as_of, "invite": invite}, counts)
            execute(connection, "merge/scope_proof.end")
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != "RB001":
            raise
        found = str(error.orig).partition("\n")[0]  # an entity and a count
        raise ScopeViolated(f"{found}; nothing was applied", fix="keep the plan, and report it: it is a bug") from None
    return counts


def _begin_proof(connection: Connection, night: Run, source: SourceScope) -> None:
    """Tell the database a source's scope, worked out anew from settings, links and the delivery, not from the plan."""
    own = [source.source, *source.retired]
    schools = None if source.schools is None else list(source.schools)
    scope = {"district_id": night.district_id, "own": own, "schools": schools}
    execute_each(
        connection,
        scope,
        "store/temporary_tables.drop_source",
        "store/temporary_tables.create_scope",
        "plan/scope.schools",
    )
    execute_each(connection, scope, "merge/scope_proof.begin")


def conclude(connection: Connection, night: Run, code: str | None = None) -> None:
    """Record in the same transaction that the run was applied; with a code where a part of it waits."""
    execute(connection, "runs.conclude_imports", **night.key, status="applied")
    execute(connection, "runs.finish", run_id=night.run_id, status="applied", **runs.ended_by(None, code))


def look_again(counts: Counts) -> None:
    """After a large change let the planner look at the roster at once."""
    changed = sum(counts.values())
    if changed < NOTABLE:
        return
    with transaction() as connection:
        execute(connection, "merge/apply.analyze_history")
        if changed >= LARGE:
            execute(connection, "merge/apply.analyze")


def _apply(connection: Connection, known: Mapping[str, Any], counts: Counts) -> None:
    for name, counted in ORDER:
        done = execute(connection, name, **{parameter: known[parameter] for parameter in parameters_of(name)})
        if counted:
            counts[counted] += done.rowcount
