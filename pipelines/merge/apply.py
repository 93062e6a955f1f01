"""Apply a plan to the roster in one transaction, under the district's lock: the whole plan, or nothing."""

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

# From so many changed rows on, PostgreSQL analyzes history (NOTABLE) and the roster (LARGE) right after the merge, for
# its query planner. After smaller changes autovacuum does it.
NOTABLE, LARGE = 10_000, 100_000

# The statements that apply a source's plan, in this order, and the count that the rows written are added to.
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
    """Lock the district's roster: one transaction at a time changes it."""
    execute(connection, "merge/apply.lock", district_id=district_id)


def check_base(connection: Connection, run: Run) -> None:
    """Raise StalePlan if another run was applied since the plan was made; the caller holds the district's lock."""
    if execute(connection, "merge/apply.last_applied", district_id=run.district_id).scalar_one() != run.base_run_id:
        raise StalePlan("another run was applied since this plan was made", fix="start a new run for the same date")


def apply(connection: Connection, run: Run, delivered: Sequence[SourceScope], invite: str, staged_by: Run) -> Counts:
    """Apply the parts of the run's plan that are not held, source by source. Returns the rows written.

    `staged_by` is the run whose staging holds the rows: the run itself, or the run whose held part this run applies.
    Raises ScopeViolated if a row outside the scope was touched. PostgreSQL checks that independently of the plan.
    """
    counts: Counts = {"applied.created": 0, "applied.updated": 0, "applied.archived": 0}
    see_base(connection, run)
    try:
        for source in delivered:
            see_staging(connection, staged_by, source.source_n)
            _begin_proof(connection, run, source)
            parameters = run.key | {"source_n": source.source_n, "source": source.source}
            _apply(connection, parameters | {"as_of": run.as_of, "invite": invite}, counts)
            execute(connection, "merge/scope_proof.end")
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != "RB001":
            raise
        what = str(error.orig).partition("\n")[0]  # an entity and a count
        raise ScopeViolated(f"{what}; nothing was applied", fix="report this bug, and do not delete the plan") from None
    return counts


def _begin_proof(connection: Connection, run: Run, source: SourceScope) -> None:
    """Give the database a source's scope, computed again from settings, links and the delivery, not from the plan."""
    own = [source.source, *source.retired]
    schools = None if source.schools is None else list(source.schools)
    scope = {"district_id": run.district_id, "own": own, "schools": schools}
    execute_each(
        connection,
        scope,
        "store/temporary_tables.drop_source",
        "store/temporary_tables.create_scope",
        "plan/scope.schools",
    )
    execute_each(connection, scope, "merge/scope_proof.begin")


def conclude(connection: Connection, run: Run, code: str | None = None) -> None:
    """Record in the same transaction that the run was applied.

    `code` is recorded with the run if a part of it needs approval.
    """
    execute(connection, "runs/runs.conclude_imports", **run.key, status="applied")
    execute(connection, "runs/runs.finish", run_id=run.run_id, status="applied", **runs.ended_by(None, code))


def analyze(counts: Counts) -> None:
    """Analyze history, and after a larger change also the roster, so that the query planner has current statistics."""
    changed = sum(counts.values())
    if changed < NOTABLE:
        return
    with transaction() as connection:
        execute(connection, "merge/apply.analyze_history")
        if changed >= LARGE:
            execute(connection, "merge/apply.analyze")


def _apply(connection: Connection, parameters: Mapping[str, Any], counts: Counts) -> None:
    for name, count_name in ORDER:
        result = execute(connection, name, **{key: parameters[key] for key in parameters_of(name)})
        if count_name:
            counts[count_name] += result.rowcount
