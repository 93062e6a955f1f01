"""What a run changes, or would: by action and school, then row by row, old and new (SL-15, SL-20, SL-24)."""

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
    "users": "operations/pages/plan.users",
    "classes": "operations/pages/plan.classes",
    "enrollments": "operations/pages/plan.enrollments",
}
_OTHERS = "operations/pages/plan.others"  # which are told by their title


@dataclass(frozen=True)
class Wanted:
    """Which changes of a plan are looked at."""

    entity: str = "users"
    action: str | None = None
    school_id: UUID | None = None
    held: bool | None = None
    who: Literal["students", "staff"] | None = None  # of people
    source_n: int = 0


def by_school(night: Run) -> list[dict[str, Any]]:
    """Counts: source_n, school_id, school, entity, action, changes, held."""
    with transaction() as connection:
        return rows(connection, "operations/pages/plan.schools", **night.key)


def sources(night: Run) -> dict[int, str]:
    """The sources that a run has a plan of, by number, where there are several: each has a plan of its own."""
    found = {int(one["source_n"]): str(one["source"]) for one in runs.imports(night)}
    return found if len(found) > 1 else {}


def ids(night: Run, wanted: Wanted, page: int | None) -> list[dict[str, Any]]:
    """A page of changes by our ids, for those who may not see whom they are about."""
    with transaction() as connection:
        return _found(connection, "operations/pages/plan.ids", night, wanted, page)


def changes(night: Run, wanted: Wanted, page: int | None) -> list[dict[str, Any]]:
    """A page of changes: action, id, held, reason, school, and what was so (`old`) and shall be so (`new`).

    Of an enrollment: who, role, class, from_class instead. They name people. `new` is None where only the staging of a
    plan that was never applied said it, and that is gone.
    """
    with transaction() as connection:
        execute(connection, "operations/pages/plan.see", run_id=night.run_id, source_n=wanted.source_n)
        return _found(connection, _STATEMENTS.get(wanted.entity, _OTHERS), night, wanted, page)


def count(night: Run, wanted: Wanted, shown: Sequence[Mapping[str, Any]] = ()) -> int:
    """How many changes there are of those that are wanted; of people, who may be told apart, what `shown` rows say."""
    if wanted.entity == "users":
        return int(shown[0]["found"]) if shown else 0
    with transaction() as connection:
        return int(_found(connection, "operations/pages/plan.count", night, wanted, None)[0]["changes"])


def fields(change: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What differs between old and new: field, old, new; every field where one of them is missing."""
    old, new = change.get("old") or {}, change.get("new") or {}
    return [
        (field, str(old.get(field) or ""), str(new.get(field) or ""))
        for field in (new or old)
        if old.get(field) != new.get(field)
    ]


def _found(connection: Connection, name: str, night: Run, wanted: Wanted, page: int | None) -> list[dict[str, Any]]:
    known = night.key | wanted.__dict__ | bounds(page)
    known["applied_by"] = night.run_id if night.status == "applied" else None
    known["grades"] = list(IN_ORDER)
    return rows(connection, name, **{key: known[key] for key in parameters_of(name)})
