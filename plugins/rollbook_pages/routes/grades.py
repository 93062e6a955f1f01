"""Grades: the completion summary of an export, the classes, and a class's grid of students and columns."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, HTTPException, Query, Request, Response

from pipelines.grades import summary
from pipelines.pages import grades, looks
from rollbook_pages import guard
from rollbook_pages.downloads import download
from rollbook_pages.guard import Reads, SeesPeople
from rollbook_pages.render import page, steps
from rollbook_pages.routes.districts import name_of, run_in, settings_of

router = APIRouter()


@router.get("/{district_id}/grades")
def classes(
    request: Request, user: Reads, district_id: str, q: str = "", p: Annotated[int, Query(ge=1, le=100_000)] = 1
) -> Response:
    """Give the classes that have columns in Canvas, and how many scores are in each state."""
    found = grades.classes(district_id, q, p)
    told: dict[str, Any] = {"classes": found, "q": q, "may_see": guard.may_see_people(request, user, district_id)}
    told |= steps(found[0]["found"] if found else 0, p)
    return page(request, "grades.html", user, district_id=district_id, name=name_of(district_id), **told)


@router.get("/{district_id}/grades/{class_id}")
def grid(request: Request, user: SeesPeople, district_id: str, class_id: UUID) -> Response:
    """Give a class's grid; who looked is kept first."""
    looks.record(district_id, user.get_name(), "grades", class_id=class_id)
    columns = _columns(district_id, class_id)
    told = {"columns": columns, "students": grades.grid(district_id, class_id, columns), "class_id": class_id}
    return page(request, "grid.html", user, district_id=district_id, name=name_of(district_id), **told)


@router.get("/{district_id}/grades/{class_id}/grid.csv")
def downloaded(user: SeesPeople, district_id: str, class_id: UUID) -> Response:
    """Give the grid; who took it is kept first."""
    looks.record(district_id, user.get_name(), "grades, downloaded", class_id=class_id)
    columns = _columns(district_id, class_id)
    body = (
        (one["name"], column["title"], cell["state"], cell["reason"], cell["score"], cell["what"])
        for one in grades.grid(district_id, class_id, columns)
        for column, cell in zip(columns, one["cells"], strict=True)
    )
    return download(f"{district_id}-grades.csv", ("student", "column", "state", "reason", "in Canvas", "what"), body)


@router.get("/{district_id}/runs/{run_id}/grades")
def export(request: Request, user: Reads, district_id: str, run_id: int) -> Response:
    """Give the completion summary of an export: students synced, states by column, who has to act."""
    night = run_in(district_id, run_id)
    if night.kind != "gradebook":
        raise HTTPException(404, f"run {run_id} is no export of grades")
    settings = settings_of(district_id)
    told = summary.facts(night, settings.canvas if settings else None)
    return page(request, "export.html", user, district_id=district_id, name=name_of(district_id), night=night, told=told)


def _columns(district_id: str, class_id: UUID) -> list[dict[str, Any]]:
    found = grades.columns(district_id, class_id)
    if not found:
        raise HTTPException(404, "the district has no such class with columns in Canvas")
    return found
