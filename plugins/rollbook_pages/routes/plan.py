"""The plan: what a run changes, by action and school; row by row, old and new."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from pipelines.operations.pages import plan
from rollbook_pages import guard
from rollbook_pages.downloads import download
from rollbook_pages.guard import Reads, SeesPeople
from rollbook_pages.render import Number, steps

router = APIRouter()
Entity = Literal["users", "classes", "enrollments", "courses", "schools", "terms"]
Action = Literal["", "create", "update", "move", "archive", "reactivate", "link", "merge", "rekey"]
_IDS = ("action", "id", "class_id", "user_id", "role", "school", "held")


def wanted(
    entity: Entity = "users",
    action: Action = "",
    school: UUID | None = None,
    held: bool | None = None,
    who: Literal["", "students", "staff"] = "",
    source: Annotated[int, Query(ge=0, le=99)] = 0,
) -> plan.Wanted:
    """Return which changes the address selects."""
    return plan.Wanted(entity, action or None, school, held, who or None, source)


Wanted = Annotated[plan.Wanted, Depends(wanted)]


@router.get("/{district_id}/runs/{run_id}/plan")
def counts(here: Reads, run_id: int) -> Response:
    """Return the plan in counts: by school, entity and action."""
    run = here.run(run_id)
    facts = {"plan": plan.by_school(run), "entities": plan.ENTITIES, "sources": plan.sources(run)}
    return here.page("plan.html", run=run, may_see=guard.may_see_people(here), **facts)


@router.get("/{district_id}/runs/{run_id}/changes")
def changes(here: SeesPeople, run_id: int, asked: Wanted, p: Number = 1) -> Response:
    """Return a page of changes, old and new. The access log records the reader first."""
    run = here.run(run_id)
    here.record_access("changes", run_id=run_id, page=p, **_named(asked))
    found = [one | {"fields": plan.fields(one)} for one in plan.changes(run, asked, p)]
    facts = {"changes": found, "asked": asked, "entities": plan.ENTITIES, "actions": plan.ACTIONS}
    facts |= {"sources": plan.sources(run)}
    return here.page("changes.html", run=run, **facts, **steps(plan.count(run, asked, found), p))


@router.get("/{district_id}/runs/{run_id}/plan.csv")
def downloaded(here: Reads, run_id: int, asked: Wanted) -> Response:
    """Return the changes by our ids as CSV: a list that names nobody."""
    found = plan.ids(here.run(run_id), asked, None)
    source = f"-source-{asked.source_n}" if asked.source_n else ""
    name = f"{here.district_id}-run-{run_id}-{asked.entity}{source}.csv"
    return download(name, _IDS, ([one[column] for column in _IDS] for one in found))


def _named(asked: plan.Wanted) -> dict[str, Any]:
    return {name: str(value) for name, value in asked.__dict__.items() if value is not None}
