"""List what a run changes or would change: by action and school, then row by row (SL-15, SL-20, SL-24)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Connection

from pipelines import runs
from pipelines.operations.pages.paging import bounds
from pipelines.runs import Run
from pipelines.store.engine import transaction
from pipelines.store.statements import execute, parameters_of, rows
from schemas.grades import IN_ORDER

ACTIONS = ("create", "update", "move", "archive", "reactivate", "link", "rekey")
ENTITIES = ("users", "classes", "enrollments", "courses", "schools", "terms")
_STATEMENTS = {
    "users": "operations/pages/plan.users@users",
    "classes": "operations/pages/plan.classes@classes",
    "enrollments": "operations/pages/plan.enrollments",
}
_OTHERS = "operations/pages/plan.others"  # schools, terms and courses: shown by their title


@dataclass(frozen=True)
class Wanted:
    """The filters of a list of a plan's changes."""

    entity: str = "users"
    action: str | None = None
    school_id: UUID | None = None
    held: bool | None = None
    who: Literal["students", "staff"] | None = None  # only for people
    source_n: int = 0


def by_school(run: Run) -> list[dict[str, Any]]:
    """Count changes: source_n, school_id, school, entity, action, changes, held."""
    with transaction() as connection:
        return rows(connection, "operations/pages/plan.schools", **run.key)


def sources(run: Run) -> dict[int, str]:
    """Return the run's sources by number if there are several, else nothing. Each source has a plan of its own."""
    found = {int(one["source_n"]): str(one["source"]) for one in runs.imports(run)}
    return found if len(found) > 1 else {}


def ids(run: Run, wanted: Wanted, page: int | None) -> list[dict[str, Any]]:
    """Return a page of changes by our ids, for people who may not see whom the changes are about."""
    with transaction() as connection:
        return _found(connection, "operations/pages/plan.ids", run, wanted, page)


def changes(run: Run, wanted: Wanted, page: int | None) -> list[dict[str, Any]]:
    """Return a page of changes: action, id, held, reason, school, and the values before (`old`) and after (`new`).

    A change of an enrollment has who, role, class and from_class instead. The rows name people. If a plan was never
    applied, only its staging has the new values; once the staging is gone, `new` is None.
    """
    with transaction() as connection:
        execute(connection, "operations/pages/plan.see", run_id=run.run_id, source_n=wanted.source_n)
        return _found(connection, _STATEMENTS.get(wanted.entity, _OTHERS), run, wanted, page)


def count(run: Run, wanted: Wanted, shown: Sequence[Mapping[str, Any]] = ()) -> int:
    """Count the changes that match the filters.

    People can be filtered by `who`. So for people the count is the `found` of the `shown` rows.
    """
    if wanted.entity == "users":
        return int(shown[0]["found"]) if shown else 0
    with transaction() as connection:
        return int(_found(connection, "operations/pages/plan.count", run, wanted, None)[0]["changes"])


def fields(change: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return the fields that differ: field, old, new; every field if the old or the new row is missing."""
    old, new = change.get("old") or {}, change.get("new") or {}
    return [
        (field, str(old.get(field) or ""), str(new.get(field) or ""))
        for field in (new or old)
        if old.get(field) != new.get(field)
    ]


def _found(connection: Connection, name: str, run: Run, wanted: Wanted, page: int | None) -> list[dict[str, Any]]:
    parameters = run.key | wanted.__dict__ | bounds(page)
    parameters["applied_by"] = run.run_id if run.status == "applied" else None
    parameters["grades"] = list(IN_ORDER)
    return rows(connection, name, **{key: parameters[key] for key in parameters_of(name)})
