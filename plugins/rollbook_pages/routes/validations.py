"""Failed validations: by root cause, by school, and the lines themselves for those who may see them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from pipelines.operations.pages import validations
from pipelines.operations.pages.paging import DOWNLOADED
from rollbook_pages import guard
from rollbook_pages.downloads import download
from rollbook_pages.guard import Reads, SeesPeople
from rollbook_pages.render import Number, steps

router = APIRouter()


def wanted(code: str = "", file: str = "", column: str = "") -> dict[str, str]:
    """Return which lines the address selects; an empty value selects all."""
    return {"code": code, "file": file, "column": column}


Wanted = Annotated[dict[str, str], Depends(wanted)]


@router.get("/{district_id}/runs/{run_id}/validations")
def causes(here: Reads, run_id: int) -> Response:
    """Return what was found, in the order to fix it: counts, files and line numbers."""
    run = here.run(run_id)
    facts = {"causes": validations.causes(run), "refusals": validations.refusals(run)}
    facts |= {"schools": validations.by_school(run)}
    may_see = guard.may_see_people(here)
    return here.page("validations.html", run=run, may_see=may_see, most=DOWNLOADED, **facts)


@router.get("/{district_id}/runs/{run_id}/rows")
def lines(here: SeesPeople, run_id: int, asked: Wanted, p: Number = 1) -> Response:
    """Return quarantined lines as received. The access log records the reader first."""
    run = here.run(run_id)
    here.record_access("quarantined lines", run_id=run_id, page=p, **asked)
    found = validations.lines(run, p, **asked)
    facts = {"lines": found, "wanted": asked, "most": DOWNLOADED}
    return here.page("rows.html", run=run, **facts, **steps(found[0]["found"] if found else 0, p))


@router.get("/{district_id}/runs/{run_id}/rows.csv")
def downloaded(here: SeesPeople, run_id: int, asked: Wanted) -> Response:
    """Return the selected lines as CSV, at most DOWNLOADED. The access log records the reader first."""
    run = here.run(run_id)
    here.record_access("quarantined lines, downloaded", run_id=run_id, **asked)
    found = validations.lines(run, None, **asked)
    fields = list(dict.fromkeys(name for one in found for name in one["row"]))
    body = (
        [one["file"], one["line"], one["code"], one["column_name"], *(one["row"].get(name, "") for name in fields)]
        for one in found
    )
    name = f"{here.district_id}-run-{run_id}-quarantine.csv"
    return download(name, ("file", "line", "code", "column", *fields), body)
