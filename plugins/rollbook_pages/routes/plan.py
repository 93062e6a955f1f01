"""The plan: what a run changes, by action and school; row by row, old and new."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from pipelines.pages import looks, plan
from pipelines.pages.plan import Wanted
from rollbook_pages import guard
from rollbook_pages.downloads import download
from rollbook_pages.guard import Reads, SeesPeople
from rollbook_pages.render import page, steps
from rollbook_pages.routes.districts import name_of, run_in

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
) -> Wanted:
    """Which changes the address asks for."""
    return Wanted(entity, action or None, school, held, who or None, source)


@router.get("/{district_id}/runs/{run_id}/plan")
def counts(request: Request, user: Reads, district_id: str, run_id: int) -> Response:
    """Give the plan in counts: entity × action, and by school."""
    night = run_in(district_id, run_id)
    told = {"plan": plan.by_school(night), "entities": plan.ENTITIES, "may_see": guard.may_see_people(request, user, district_id)}
    return page(request, "plan.html", user, district_id=district_id, name=name_of(district_id), night=night, **told)


@router.get("/{district_id}/runs/{run_id}/changes")
def changes(
    request: Request,
    user: SeesPeople,
    district_id: str,
    run_id: int,
    asked: Annotated[Wanted, Depends(wanted)],
    p: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """Give a page of changes, old and new; who looked is kept first."""
    night = run_in(district_id, run_id)
    looks.record(district_id, user.get_name(), "changes", run_id=run_id, page=p, **_named(asked))
    found = [one | {"fields": plan.fields(one)} for one in plan.changes(night, asked, p)]
    counted = [one for one in plan.by_school(night) if _is_meant(one, asked)]
    told: dict[str, Any] = {"changes": found, "asked": asked, "entities": plan.ENTITIES, "counted": counted}
    told |= steps(_how_many(counted, asked), p)
    return page(request, "changes.html", user, district_id=district_id, name=name_of(district_id), night=night, **told)


@router.get("/{district_id}/runs/{run_id}/plan.csv")
def downloaded(
    _user: Reads, district_id: str, run_id: int, asked: Annotated[Wanted, Depends(wanted)]
) -> Response:
    """Give the changes by our ids: a list that names nobody."""
    found = plan.ids(run_in(district_id, run_id), asked, None)
    return download(f"{district_id}-run-{run_id}-{asked.entity}.csv", _IDS, ([one[name] for name in _IDS] for one in found))


def _named(asked: Wanted) -> dict[str, Any]:
    return {name: str(value) for name, value in asked.__dict__.items() if value is not None}


def _is_meant(one: dict[str, Any], asked: Wanted) -> bool:
    return one["entity"] == asked.entity


def _how_many(counted: list[dict[str, Any]], asked: Wanted) -> int:
    """How many changes there are of those asked for; an upper bound where students and staff are told apart."""
    meant = [
        one
        for one in counted
        if asked.action in (None, one["action"]) and asked.school_id in (None, one["school_id"])
    ]
    kinds = {None: "changes", True: "held", False: "changes"}
    held = sum(one["held"] for one in meant)
    return sum(one[kinds[asked.held]] for one in meant) - (held if asked.held is False else 0)
