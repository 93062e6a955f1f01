"""What a run would change, worked out in SQL: `work.changes`, one row per change. The roster is only read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from pipelines.entities import ENTITIES
from pipelines.runs import Counts, Run, see_staging
from pipelines.store.engine import transaction
from pipelines.store.statements import parameters_of, rows, run


@dataclass(frozen=True)
class Delivered:
    """What one source of the run speaks about."""

    source_n: int
    source: str
    covers: frozenset[str]  # what its silence may archive, such as 'users:student'
    schools: tuple[str, ...] | None = None  # the school ids in scope; None: all of the source's


def plan(night: Run, delivered: Sequence[Delivered]) -> Counts:
    """Plan the run from its staged rows; planning again replaces the plan. Returns changes by entity and action."""
    with transaction() as connection:
        run(connection, "plan/scope.forget_plan", **night.key)
        run(connection, "runs.set_base", **night.key)
    for source in delivered:
        with transaction() as connection:
            _plan_source(connection, night, source)
    with transaction() as connection:
        for source in delivered if len(delivered) > 1 else ():
            see_staging(connection, night, source.source_n)
            run(connection, "plan/users.keep_delivered", **night.key)
        return counts(connection, night)


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


def _plan_source(connection: Connection, night: Run, source: Delivered) -> None:
    staging = {"run_id": night.run_id, "source_n": source.source_n}
    parameters = night.key | {
        "source_n": source.source_n,
        "source": source.source,
        "covers": sorted(source.covers),
        "schools": None if source.schools is None else list(source.schools),
    }

    def do(name: str) -> None:
        wanted = {key: value for key, value in parameters.items() if key in parameters_of(name)}
        run(connection, name, **wanted)

    see_staging(connection, night, source.source_n)
    run(connection, "plan/scope.clear_resolved", **staging)
    parameters["silent"] = rows(connection, "plan/scope.silent")[0]["attributes"]
    do("plan/schools.resolve")
    do("plan/scope.schools")
    scoped = None if source.schools is None else rows(connection, "plan/scope.school_ids")[0]["ids"]
    parameters["scope_school_ids"] = scoped
    for name in ("find_linked", "find_unlinked", "analyze_links", "match"):
        do(f"plan/users.{name}")
    for entity in ENTITIES[1:]:
        do(f"plan/{entity}.resolve")
    run(connection, "plan/scope.analyze", **staging)
    do("plan/scope.classes")
    do("plan/scope.present")
    run(connection, "plan/scope.analyze_scope")
    for entity in ENTITIES:
        do(f"plan/{entity}.plan")
    for found in ("delta", "moves"):
        do(f"plan/enrollments.find_{found}")
        do(f"plan/enrollments.analyze_{found}")
    for name in ("plan", "find_leaving", "analyze_leaving"):
        do(f"plan/enrollments.{name}")
    for entity in ("classes", "users"):
        do(f"plan/{entity}.find_absent")
        do(f"plan/{entity}.analyze_absent")
    for entity in ("classes", "users", "courses", "schools"):  # people after enrollments: who has one left stays
        if any(covered.partition(":")[0] == entity for covered in source.covers):
            do(f"plan/{entity}.plan_archive")
