"""Failed validations: by root cause, by school, and the lines themselves for those who may see them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from pipelines.pages import looks, validations
from rollbook_pages import guard
from rollbook_pages.downloads import download
from rollbook_pages.guard import Reads, SeesPeople
from rollbook_pages.render import page, steps
from rollbook_pages.routes.districts import name_of, run_in

router = APIRouter()


@router.get("/{district_id}/runs/{run_id}/validations")
def causes(request: Request, user: Reads, district_id: str, run_id: int) -> Response:
    """Give what was found, in the order to mend it; counts, files and line numbers."""
    night = run_in(district_id, run_id)
    told: dict[str, Any] = {"causes": validations.causes(night), "refusals": validations.refusals(night)}
    told |= {"schools": validations.by_school(night), "may_see": guard.may_see_people(request, user, district_id)}
    return page(request, "validations.html", user, district_id=district_id, name=name_of(district_id), night=night, **told)


@router.get("/{district_id}/runs/{run_id}/rows")
def lines(
    request: Request,
    user: SeesPeople,
    district_id: str,
    run_id: int,
    code: str = "",
    file: str = "",
    column: str = "",
    p: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """Give quarantined lines as they were; who looked is kept first."""
    night = run_in(district_id, run_id)
    wanted = {"code": code, "file": file, "column": column}
    looks.record(district_id, user.get_name(), "quarantined lines", run_id=run_id, page=p, **wanted)
    found = validations.lines(night, p, **wanted)
    told = {"lines": found, "wanted": wanted} | steps(found[0]["found"] if found else 0, p)
    return page(request, "rows.html", user, district_id=district_id, name=name_of(district_id), night=night, **told)


@router.get("/{district_id}/runs/{run_id}/rows.csv")
def downloaded(
    user: SeesPeople, district_id: str, run_id: int, code: str = "", file: str = "", column: str = ""
) -> Response:
    """Give them all; who took them is kept first."""
    night = run_in(district_id, run_id)
    wanted = {"code": code, "file": file, "column": column}
    looks.record(district_id, user.get_name(), "quarantined lines, downloaded", run_id=run_id, **wanted)
    found = validations.lines(night, None, **wanted)
    fields = list(dict.fromkeys(name for one in found for name in one["row"]))
    body = (
        [one["file"], one["line"], one["code"], one["column_name"], *(one["row"].get(name, "") for name in fields)]
        for one in found
    )
    return download(f"{district_id}-run-{run_id}-quarantine.csv", ("file", "line", "code", "column", *fields), body)
