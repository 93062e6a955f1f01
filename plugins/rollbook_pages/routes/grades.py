"""Grades: the completion summary of an export, the classes, and a class's grid of students and Canvas assignments."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, HTTPException, Response

from pipelines.grades import report
from pipelines.operations.pages import grades
from rollbook_pages import guard
from rollbook_pages.downloads import download
from rollbook_pages.guard import Reads, SeesPeople
from rollbook_pages.render import Number, steps

router = APIRouter()


@router.get("/{district_id}/grades")
def classes(here: Reads, q: str = "", p: Number = 1) -> Response:
    """Return the classes that have Canvas assignments, and how many scores are in each state."""
    found = grades.classes(here.district_id, q, p)
    facts = {"classes": found, "q": q, "may_see": guard.may_see_people(here)}
    return here.page("grades.html", **facts, **steps(found[0]["found"] if found else 0, p))


@router.get("/{district_id}/grades/{class_id}")
def grid(here: SeesPeople, class_id: UUID) -> Response:
    """Return a class's grid. The access log records the reader first."""
    here.record_access("grades", class_id=class_id)
    columns = _columns(here.district_id, class_id)
    students = grades.grid(here.district_id, class_id, columns)
    return here.page("grid.html", columns=columns, students=students, class_id=class_id)


@router.get("/{district_id}/grades/{class_id}/grid.csv")
def downloaded(here: SeesPeople, class_id: UUID) -> Response:
    """Return the grid as CSV. The access log records the reader first."""
    here.record_access("grades, downloaded", class_id=class_id)
    columns = _columns(here.district_id, class_id)
    body = (
        (one["name"], column["title"], cell["state"], cell["reason"], cell["score"], cell["what"])
        for one in grades.grid(here.district_id, class_id, columns)
        for column, cell in zip(columns, one["cells"], strict=True)
    )
    header = ("student", "column", "state", "reason", "in Canvas", "what it means")
    return download(f"{here.district_id}-grades.csv", header, body)


@router.get("/{district_id}/runs/{run_id}/grades")
def export(here: Reads, run_id: int) -> Response:
    """Return the completion summary of an export: students synced, states by Canvas assignment, who has to act."""
    run = here.run(run_id)
    if run.kind != "gradebook":
        raise HTTPException(404, f"run {run_id} is not an export of grades")
    settings = here.settings()
    return here.page("export.html", run=run, report=report.facts(run, settings.canvas if settings else None))


def _columns(district_id: str, class_id: UUID) -> list[dict[str, Any]]:
    found = grades.columns(district_id, class_id)
    if not found:
        raise HTTPException(404, "the district has no such class with Canvas assignments")
    return found
