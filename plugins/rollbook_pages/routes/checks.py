"""The self-check as it was last made: a page asks no vendor, a DAG does."""

from __future__ import annotations

from fastapi import APIRouter, Response

from pipelines.settings import load_district
from rollbook_pages import guard, questions
from rollbook_pages.guard import Checks, Reads

router = APIRouter()


@router.get("/{district_id}/check")
def check(here: Reads, done: str = "") -> Response:
    """Give the last check: the steps of the launch, what is left at each school, everything that was looked at."""
    # Here: these import every kind of source, and pandas with them.
    from pipelines.self_check import keeping, standing

    told = {"told": keeping.last(here.district_id), "version": standing.version(load_district(here.district_id))}
    return here.page("check.html", done=done, may_run=guard.may_start(here, guard.CHECKS), **told)


@router.post("/{district_id}/check")
def check_now(here: Checks) -> Response:
    """Let Airflow check the district."""
    questions.begin(here.request, f"{guard.CHECKS}__{here.district_id}", {})
    return here.lead("/check", done="asked")
