"""All districts, one district, one of its runs."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from pipelines import report, runs
from pipelines.errors import SettingsInvalid
from pipelines.pages import districts
from pipelines.runs import Run
from pipelines.settings import District, district_ids, load_district
from rollbook_pages import guard
from rollbook_pages.guard import Reads, SignedIn
from rollbook_pages.render import page

router = APIRouter()


@router.get("/")
def overview(request: Request, user: SignedIn) -> Response:
    """Give the districts that this person may see: what their rosters describe, and what waits."""
    shown = [one for one in district_ids() if guard.may_read(request, user, one)]
    names = {one: name_of(one) for one in shown}
    return page(request, "districts.html", user, districts=districts.newest(shown), names=names)


@router.get("/{district_id}")
def district(request: Request, user: Reads, district_id: str) -> Response:
    """Give a district: schools, nights as small charts, who is synced from where."""
    (newest,) = districts.newest([district_id])
    told = {"newest": newest, "nights": districts.nights(district_id), "schools": districts.schools(district_id)}
    return page(request, "district.html", user, district_id=district_id, name=name_of(district_id), **told)


@router.get("/{district_id}/runs/{run_id}")
def run(request: Request, user: Reads, district_id: str, run_id: int) -> Response:
    """Give a run: its steps, its imports, what came of it; in counts."""
    night = run_in(district_id, run_id)
    told = report.facts(night) if night.kind == "roster" else {"steps": runs.steps(night), "imports": [], "plan": []}
    return page(request, "run.html", user, district_id=district_id, name=name_of(district_id), night=night, told=told)


def run_in(district_id: str, run_id: int) -> Run:
    """The run, if it is this district's: the right to see one district shows nothing of another."""
    found = runs.load(run_id)
    if found.district_id != district_id:
        raise SettingsInvalid(f"there is no run {run_id} of this district", fix="see the imports")
    return found


def settings_of(district_id: str) -> District | None:
    """The settings, if they can be read; pages are there also when they can't."""
    try:
        return load_district(district_id)
    except SettingsInvalid:
        return None


def name_of(district_id: str) -> str:
    """What people call the district."""
    found = settings_of(district_id)
    return found.name if found else district_id
