"""Plan a run's changes in SQL: one row per change in `work.changes`. The roster is only read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from pipelines.plan import rekey
from pipelines.plan.scope import SourceScope
from pipelines.runs import Counts, Run, see_base, see_staging
from pipelines.store.engine import transaction
from pipelines.store.statements import execute, execute_each, parameters_of, rows


@dataclass(frozen=True)
class Block:
    """Statements that run in this order. If `when` names a fact, the block runs only if the fact is true.

    A block with `for_each_other` runs once for each other source of the run, on the rows of that source.
    """

    statements: tuple[str, ...]
    when: str | None = None
    for_each_other: bool = False


# The plan of one source, from top to bottom.
ORDER = (
    # The plan's temporary tables, empty.
    Block(
        (
            "store/temporary_tables.drop_source",
            "store/temporary_tables.create_scope",
            "store/temporary_tables.create_plan",
        )
    ),
    # Find the row of the roster that each delivered row describes, its resolved values, and the schools in scope.
    Block(
        (
            "plan/scope.clear_resolved",
            "plan/scope.recognise",
            "plan/scope.waiting",
            "plan/schools.resolve@schools",
            "plan/scope.schools",
            "plan/scope.school_ids",
            "plan/users.find_linked",
            "plan/users.find_unlinked",
            "plan/users.analyze_links",
            "plan/users.match",
            "plan/terms.resolve@terms",
            "plan/courses.resolve@courses",
            "plan/classes.resolve@classes",
            "plan/users.resolve@users",
            "plan/scope.analyze",
        )
    ),
    # Find the classes and people that are in scope and absent from the delivery.
    Block(
        (
            "plan/scope.classes",
            "plan/scope.present",
            "plan/scope.analyze_scope",
            "plan/classes.find_absent",
            "plan/classes.analyze_absent",
            "plan/users.find_absent",
            "plan/users.analyze_absent",
        )
    ),
    # Find whether new rows are absent rows under new ids.
    Block(("plan/rekey.is_likely",)),
    Block(
        (
            "plan/rekey.find_new_classes",
            "plan/rekey.find_old_classes",
            "plan/rekey.find_new_users",
            "plan/rekey.find_old_users",
        ),
        when="rosters_may_be_rekeyed",
    ),
    Block(
        ("plan/rekey.keep_named_classes", "plan/rekey.keep_named_users"),
        when="rosters_may_be_rekeyed",
        for_each_other=True,
    ),
    Block(("plan/rekey.analyze_alike", "plan/rekey.are_alike"), when="rosters_may_be_rekeyed"),
    # Classes are paired before people: classes tell people of common names apart.
    Block(
        (
            "plan/rekey.find_presumed",
            "plan/rekey.find_new_seats",
            "plan/rekey.find_old_seats",
            "plan/rekey.complete_new",
            "plan/rekey.complete_old",
            "plan/rekey.analyze_seats",
            "plan/rekey.pair_classes",
            "plan/rekey.pair_users",
        ),
        when="rosters_are_alike",
    ),
    Block(("plan/rekey.pair_courses",), when="courses_may_be_rekeyed"),
    Block(("plan/rekey.is_rekeyed",)),
    # From here on, paired rows are recognised: the same rules resolve their values, and none of them is absent.
    Block(
        (
            "plan/rekey.recognise",
            "plan/rekey.match",
            "plan/rekey.analyze_known",
            "plan/scope.clear_resolved",
            "plan/schools.resolve@schools",
            "plan/terms.resolve@terms",
            "plan/courses.resolve@courses",
            "plan/classes.resolve@classes",
            "plan/users.resolve@users",
            "plan/scope.analyze",
            "plan/rekey.protect",
            "plan/rekey.forget_absent_classes",
            "plan/rekey.forget_absent_users",
        ),
        when="is_rekeyed",
    ),
    # Plan the changes of the delivered rows.
    Block(("plan/schools.plan", "plan/terms.plan", "plan/courses.plan", "plan/classes.plan", "plan/users.plan")),
    Block(("plan/rekey.keep", "plan/rekey.mark"), when="is_rekeyed"),
    # Plan who enters, leaves or moves.
    Block(
        (
            "plan/enrollments.find_delta@enrollments",
            "plan/enrollments.analyze_delta",
            "plan/enrollments.find_moves",
            "plan/enrollments.analyze_moves",
            "plan/enrollments.plan@enrollments",
            "plan/enrollments.find_leaving",
            "plan/enrollments.analyze_leaving",
            "plan/enrollments.plan_over",
            "plan/enrollments.add_leaving",
        )
    ),
    # Archive what is absent. People come after enrollments: a person with an active enrollment is not archived.
    Block(("plan/classes.plan_archive",), when="covers_classes"),
    Block(("plan/users.plan_archive",), when="covers_users"),
    Block(("plan/courses.plan_archive",), when="covers_courses"),
    Block(("plan/schools.plan_archive",), when="covers_schools"),
)
# Each of these queries returns one row. The later statements use its columns as parameters, and as facts.
_QUERIES = frozenset(
    {
        "plan/scope.school_ids",
        "plan/rekey.is_likely",
        "plan/rekey.are_alike",
        "plan/rekey.is_rekeyed",
    }
)


def plan_run(run: Run, delivered: Sequence[SourceScope]) -> Counts:
    """Plan the run from its staged rows; planning again replaces the plan. Returns changes by entity and action."""
    with transaction() as connection:
        execute(connection, "runs/runs.set_base", **run.key)
        plan_in(connection, run, delivered)
        return counts(connection, run)


def plan_in(connection: Connection, run: Run, delivered: Sequence[SourceScope]) -> None:
    """Plan the run from its staged rows, in the caller's transaction."""
    execute_each(connection, run.key, "plan/scope.forget_plan", "plan/rekey.forget")
    for source in delivered:
        plan_source(connection, run, source, delivered)
    for source in delivered if len(delivered) > 1 else ():
        see_staging(connection, run, source.source_n)
        execute(connection, "plan/users.keep_delivered", **run.key)


def counts(connection: Connection, run: Run) -> Counts:
    """Return the number of the plan's changes by entity and action."""
    found = rows(connection, "plan/summary.counts", **run.key)
    return {f"{row['entity']}.{row['action']}": row["changes"] for row in found}


def show(run: Run, entity: str | None, school: str | None, limit: int) -> list[dict[str, Any]]:
    """Return the plan's changes, with Rollbook's own ids."""
    with transaction() as connection:
        return rows(connection, "plan/summary.changes", **run.key, entity=entity, school=school, rows=limit)


def by_school(run: Run) -> list[dict[str, Any]]:
    """Return the number of the plan's changes by entity, action and school."""
    with transaction() as connection:
        return rows(connection, "plan/summary.by_school", **run.key)


def plan_source(connection: Connection, run: Run, source: SourceScope, beside: Sequence[SourceScope] = ()) -> None:
    """Run the statements of ORDER for one source of the run; `beside` are all its sources.

    Only the plan itself is stored: all other tables are temporary.
    """
    parameters = _parameters(run, source)
    see_staging(connection, run, source.source_n)
    see_base(connection, run)
    others = [other for other in beside if other.source_n != source.source_n]
    for block in ORDER:
        if block.when and not parameters.get(block.when):
            continue
        if not block.for_each_other:
            parameters |= _run(connection, parameters, block)
            continue
        for other in others:
            see_staging(connection, run, other.source_n)
            _run(connection, parameters | {"source": other.source}, block)
        see_staging(connection, run, source.source_n)


def _parameters(run: Run, source: SourceScope) -> dict[str, Any]:
    """Return the first parameters and facts. `covers_…` says what may be archived if it is absent."""
    return run.key | {
        "as_of": run.as_of,
        "source_n": source.source_n,
        "source": source.source,
        "covers": sorted(source.covers),
        "schools": None if source.schools is None else list(source.schools),
        "retired": list(source.retired),
        "own": [source.source, *source.retired],
        "least": rekey.REKEY_LEAST,
        **{f"covers_{covered.partition(':')[0]}": True for covered in source.covers},
    }


def _run(connection: Connection, parameters: dict[str, Any], block: Block) -> dict[str, Any]:
    """Run a block, and return the columns of its queries."""
    found: dict[str, Any] = {}
    for name in block.statements:
        so_far = parameters | found
        result = execute(connection, name, **{parameter: so_far[parameter] for parameter in parameters_of(name)})
        if name in _QUERIES:
            found |= dict(result.mappings().one())
    return found
