"""The plan applied to the roster: one transaction, under the district's lock, all of it or nothing."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from pipelines.errors import ScopeViolated, StalePlan
from pipelines.plan.scope import Delivered
from pipelines.runs import Counts, Run, see_base, see_staging
from pipelines.store.engine import transaction
from pipelines.store.statements import parameters_of, run
from schemas.entities import ALL

# Changed rows from which the planner should look at history, and at the roster, at once; else autovacuum does.
NOTABLE, LARGE = 10_000, 100_000


def lock(connection: Connection, district_id: str) -> None:
    """Let one transaction at a time change the district's roster."""
    run(connection, "merge/apply.lock", district_id=district_id)


def check_base(connection: Connection, night: Run) -> None:
    """Raise StalePlan when another run was applied since the plan was made; the district's lock is held."""
    if run(connection, "merge/apply.last_applied", district_id=night.district_id).scalar_one() != night.base_run_id:
        raise StalePlan("another run was applied since this plan was made", fix="run the night again")


def apply(connection: Connection, night: Run, delivered: Sequence[Delivered], invite: str, staged_by: Run) -> Counts:
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
            of_source = {"source_n": source.source_n, "source": source.source, "invite": invite}
            for entity in ALL:
                _apply(connection, night, entity, of_source, counts)
            run(connection, "merge/scope_proof.end")
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != "RB001":
            raise
        found = str(error.orig).partition("\n")[0]  # an entity and a count
        raise ScopeViolated(f"{found}; nothing was applied", fix="keep the plan, and report it: it is a bug") from None
    return counts


def _begin_proof(connection: Connection, night: Run, source: Delivered) -> None:
    """Tell the database a source's scope, worked out anew from settings, links and the delivery, not from the plan."""
    own = [source.source, *source.retired]
    schools = None if source.schools is None else list(source.schools)
    run(connection, "merge/scope_proof.forget_scope")
    run(connection, "plan/scope.schools", district_id=night.district_id, own=own, schools=schools)
    run(connection, "merge/scope_proof.begin", district_id=night.district_id, own=own)


def conclude(connection: Connection, night: Run, code: str | None = None) -> None:
    """Record in the same transaction that the run was applied; with a code where a part of it waits."""
    run(connection, "runs.conclude_imports", **night.key, status="applied")
    run(connection, "runs.finish", run_id=night.run_id, status="applied", code=code, reason=None)


def look_again(counts: Counts) -> None:
    """After a large change let the planner look at the roster at once."""
    changed = sum(counts.values())
    if changed < NOTABLE:
        return
    with transaction() as connection:
        run(connection, "merge/apply.analyze_history")
        if changed >= LARGE:
            run(connection, "merge/apply.analyze")


def _apply(connection: Connection, night: Run, entity: str, of_source: dict[str, object], counts: Counts) -> None:
    known = night.key | {"as_of": night.as_of} | of_source
    written = {"update": "applied.updated", "archive": "applied.archived", "create": "applied.created"}
    for act in ("keep_history", "update", "archive", "create", "link"):
        if (entity, act) == ("enrollments", "link"):  # known by their class and person, linked to nothing
            continue
        name = f"merge/{entity}.{act}"
        done = run(connection, name, **{key: known[key] for key in parameters_of(name)})
        if act in written:
            counts[written[act]] += done.rowcount
