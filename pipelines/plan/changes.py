"""What a run would change, worked out in SQL: `work.changes`, one row per change. The roster is only read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from pipelines.plan import rekey
from pipelines.plan.scope import Delivered
from pipelines.runs import Counts, Run, see_base, see_staging
from pipelines.store.engine import transaction
from pipelines.store.statements import rows, run, run_each
from schemas.entities import ENTITIES

_MATCHING = ("find_linked", "find_unlinked", "analyze_links", "match")


def plan_run(night: Run, delivered: Sequence[Delivered]) -> Counts:
    """Plan the run from its staged rows; planning again replaces the plan. Returns changes by entity and action."""
    with transaction() as connection:
        run(connection, "runs.set_base", **night.key)
        plan_in(connection, night, delivered)
        return counts(connection, night)


def plan_in(connection: Connection, night: Run, delivered: Sequence[Delivered]) -> None:
    """The same in the caller's transaction, from the roster as it stands there."""
    run_each(connection, night.key, "plan/scope.forget_plan", "plan/rekey.forget")
    for source in delivered:
        run(connection, "merge/scope_proof.forget_scope")
        plan_source(connection, night, source, delivered)
    for source in delivered if len(delivered) > 1 else ():
        see_staging(connection, night, source.source_n)
        run(connection, "plan/users.keep_delivered", **night.key)


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


def plan_source(connection: Connection, night: Run, source: Delivered, beside: Sequence[Delivered] = ()) -> None:
    """Plan one of the night's sources, `beside` the others; all that it makes besides the plan is the transaction's."""
    parameters = _resolve(connection, night, source)
    others = {other.source_n: other.source for other in beside if other.source_n != source.source_n}
    rekeyed = rekey.propose(connection, night, parameters, others)
    if rekeyed:
        _resolve_again(connection, parameters)
    run_each(connection, parameters, *(f"plan/{entity}.plan" for entity in ENTITIES))
    if rekeyed:
        run_each(connection, parameters, "plan/rekey.keep", "plan/rekey.mark")
    for found in ("delta", "moves"):
        run_each(connection, parameters, f"plan/enrollments.find_{found}", f"plan/enrollments.analyze_{found}")
    leaving = ("plan", "find_leaving", "analyze_leaving", "plan_over", "add_leaving")
    run_each(connection, parameters, *(f"plan/enrollments.{name}" for name in leaving))
    for entity in ("classes", "users", "courses", "schools"):  # people after enrollments: who has one left stays
        if any(covered.partition(":")[0] == entity for covered in source.covers):
            run_each(connection, parameters, f"plan/{entity}.plan_archive")


def _resolve(connection: Connection, night: Run, source: Delivered) -> dict[str, Any]:
    """Find out who is who among the staged rows of a source, and who is absent; return what later statements bind."""
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
    run_each(connection, parameters, "plan/scope.clear_resolved")
    parameters["silent"] = rows(connection, "plan/scope.silent")[0]["attributes"]
    run_each(connection, parameters, "plan/scope.recognise", "plan/scope.waiting")
    run_each(connection, parameters, "plan/schools.resolve", "plan/scope.schools")
    scoped = None if source.schools is None else rows(connection, "plan/scope.school_ids")[0]["ids"]
    parameters["scope_school_ids"] = scoped
    run_each(connection, parameters, *(f"plan/users.{name}" for name in _MATCHING))
    run_each(connection, parameters, *(f"plan/{entity}.resolve" for entity in ENTITIES[1:]), "plan/scope.analyze")
    run_each(connection, parameters, "plan/scope.classes", "plan/scope.present", "plan/scope.analyze_scope")
    for entity in ("classes", "users"):
        run_each(connection, parameters, f"plan/{entity}.find_absent", f"plan/{entity}.analyze_absent")
    return parameters


def _resolve_again(connection: Connection, parameters: dict[str, Any]) -> None:
    """With what was re-keyed recognised, the same rules say what becomes of it; nothing of it is absent any more."""
    run_each(connection, parameters, *(f"plan/rekey.{name}" for name in ("recognise", "match", "analyze_known")))
    run_each(connection, parameters, "plan/scope.clear_resolved", *(f"plan/{entity}.resolve" for entity in ENTITIES))
    run_each(connection, parameters, "plan/scope.analyze", "plan/rekey.protect")
    run_each(connection, parameters, "plan/rekey.forget_absent_classes", "plan/rekey.forget_absent_users")
