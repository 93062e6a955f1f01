"""The self-check as it was last made: a page asks no vendor, a DAG does."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from pipelines.settings import load_district
from rollbook_pages import guard, questions
from rollbook_pages.guard import Checks, Reads
from rollbook_pages.render import link, page

router = APIRouter()


@router.get("/{district_id}/check")
def check(request: Request, user: Reads, district_id: str, done: str = "") -> Response:
    """Give the last check: the steps of the launch, what is left at each school, everything that was looked at."""
    # Here: these import every kind of source, and pandas with them.
    from pipelines.self_check import keeping, standing

    district = load_district(district_id)
    told = {"told": keeping.last(district_id), "version": standing.version(district), "done": done}
    told |= {"may_run": guard.may_check(request, user, district_id)}
    return page(request, "check.html", user, district_id=district_id, name=district.name, **told)


@router.post("/{district_id}/check")
def check_now(request: Request, _user: Checks, district_id: str) -> Response:
    """Let Airflow check the district."""
    questions.begin(request, f"district_check__{district_id}", {})
    return RedirectResponse(link(f"/{district_id}/check", done="asked"), 303)
