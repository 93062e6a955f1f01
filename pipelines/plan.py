"""What a run would change, worked out in SQL: `work.changes`, one row per change. The roster is only read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from pipelines.deliveries import Delivered
from pipelines.entities import ENTITIES
from pipelines.runs import Counts, Run, see_base, see_staging
from pipelines.store.engine import transaction
from pipelines.store.statements import parameters_of, rows, run

_MATCHING = ("find_linked", "find_unlinked", "analyze_links", "match")


def plan(night: Run, delivered: Sequence[Delivered]) -> Counts:
    """Plan the run from its staged rows; planning again replaces the plan. Returns changes by entity and action."""
    with transaction() as connection:
        run(connection, "runs.set_base", **night.key)
        plan_in(connection, night, delivered)
        return counts(connection, night)


def plan_in(connection: Connection, night: Run, delivered: Sequence[Delivered]) -> None:
    """The same in the caller's transaction, from the roster as it stands there."""
    run(connection, "plan/scope.forget_plan", **night.key)
    for source in delivered:
        run(connection, "proof.forget_scope")
        plan_source(connection, night, source)
    for source in delivered if len(delivered) > 1 else ():
        see_staging(connection, night, source.source_n)
        run(connection, "plan/users.keep_delivered", **night.key)


def retired(connection: Connection, night: Run, kinds: Sequence[str]) -> tuple[str, ...]:
    """The sources that the schools which the night comes upon are of, and that the settings no longer name."""
    see_base(connection, night)
    found = run(connection, "plan/scope.retired", district_id=night.district_id, kinds=list(kinds))
    return tuple(found.scalars())


def counts(connection: Connection, night: Run) -> Counts:
    """The plan's changes by entity and action."""
    found = rows(connection, "plan/summary.counts", **night.key)
    return {f"{row['entity']}.{row['action']}": row["changes"] for row in found}


def show(night: Run, entity: str | None, school: str | None, limit: int) -> list[dict[str, Any]]:
    """The plan's changes, by our ids."""
    with transaction() as connection:
        return rows(connection, "plan/summary.changes", **night.key, entity=entity, school=school, rows=limit)


def by_school(night: Run) -> list[dict[str, Any]]:
    """The plan's changes counted by entity, action and school."""
    with transaction() as connection:
        return rows(connection, "plan/summary.by_school", **night.key)


def plan_source(connection: Connection, night: Run, source: Delivered) -> None:
    """Plan one source; all that it makes besides the plan belongs to the caller's transaction."""
    parameters = _resolve(connection, night, source)
    _do(connection, parameters, *(f"plan/{entity}.plan" for entity in ENTITIES))
    for found in ("delta", "moves"):
        _do(connection, parameters, f"plan/enrollments.find_{found}", f"plan/enrollments.analyze_{found}")
    _do(connection, parameters, *(f"plan/enrollments.{name}" for name in ("plan", "find_leaving", "analyze_leaving")))
    for entity in ("classes", "users"):
        _do(connection, parameters, f"plan/{entity}.find_absent", f"plan/{entity}.analyze_absent")
    _do(connection, parameters, "plan/enrollments.plan_over", "plan/enrollments.add_leaving")
    for entity in ("classes", "users", "courses", "schools"):  # people after enrollments: who has one left stays
        if any(covered.partition(":")[0] == entity for covered in source.covers):
            _do(connection, parameters, f"plan/{entity}.plan_archive")


def _resolve(connection: Connection, night: Run, source: Delivered) -> dict[str, Any]:
    """Find out who is who among the staged rows of a source; return what the plan's other statements bind."""
    staging = {"run_id": night.run_id, "source_n": source.source_n}
    parameters = night.key | {
        "as_of": night.as_of,
        "source_n": source.source_n,
        "source": source.source,
        "covers": sorted(source.covers),
        "schools": None if source.schools is None else list(source.schools),
        "retired": list(source.retired),
        "own": [source.source, *source.retired],
    }
    see_staging(connection, night, source.source_n)
    see_base(connection, night)
    run(connection, "plan/scope.clear_resolved", **staging)
    parameters["silent"] = rows(connection, "plan/scope.silent")[0]["attributes"]
    _do(connection, parameters, "plan/scope.recognise", "plan/scope.waiting")
    _do(connection, parameters, "plan/schools.resolve", "plan/scope.schools")
    scoped = None if source.schools is None else rows(connection, "plan/scope.school_ids")[0]["ids"]
    parameters["scope_school_ids"] = scoped
    _do(connection, parameters, *(f"plan/users.{name}" for name in _MATCHING))
    _do(connection, parameters, *(f"plan/{entity}.resolve" for entity in ENTITIES[1:]))
    run(connection, "plan/scope.analyze", **staging)
    _do(connection, parameters, "plan/scope.classes", "plan/scope.present", "plan/scope.analyze_scope")
    return parameters


def _do(connection: Connection, parameters: Mapping[str, Any], *names: str) -> None:
    """Run statements in order, each with those of the parameters that it binds."""
    for name in names:
        run(connection, name, **{key: value for key, value in parameters.items() if key in parameters_of(name)})
