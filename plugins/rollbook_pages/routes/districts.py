"""All districts, one district, one of its runs."""

from __future__ import annotations

from fastapi import APIRouter, Response

from pipelines import runs
from pipelines.operations.pages import districts
from pipelines.report import run_report
from pipelines.settings import district_ids
from rollbook_pages import guard
from rollbook_pages.guard import Reads, SignedIn
from rollbook_pages.here import Here

router = APIRouter()


@router.get("/")
def overview(here: SignedIn) -> Response:
    """Return the districts that this person may see: what their rosters describe, and what needs approval."""
    shown = [one for one in district_ids() if guard.may_read(here, one)]
    names = {one: Here(here.request, here.user, one).name() for one in shown}
    return here.page("districts.html", districts=districts.newest(shown), names=names)


@router.get("/{district_id}")
def district(here: Reads) -> Response:
    """Return a district: schools, nights as small charts, who is synced from where."""
    (newest,) = districts.newest([here.district_id])
    facts = {"nights": districts.nights(here.district_id), "schools": districts.schools(here.district_id)}
    return here.page("district.html", newest=newest, may_see=guard.may_see_people(here), **facts)


@router.get("/{district_id}/runs/{run_id}")
def run(here: Reads, run_id: int) -> Response:
    """Return a run in counts: its steps, its imports, its result."""
    run = here.run(run_id)
    facts = run_report.facts(run) if run.kind == "roster" else {"steps": runs.steps(run), "imports": []}
    return here.page("run.html", run=run, report=facts)
