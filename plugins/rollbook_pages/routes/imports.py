"""Import Details: what was received, night by night."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Response

from pipelines.operations.pages import imports
from rollbook_pages.downloads import download
from rollbook_pages.guard import Reads
from rollbook_pages.render import Number, steps

router = APIRouter()
Status = Literal["", "applied", "unchanged", "received", "refused", "missing"]
_COLUMNS = ("run_id", "as_of", "source", "layout", "status", "received_rows", "accepted", "quarantined", "code", "at")


@router.get("/{district_id}/imports")
def listed(here: Reads, q: str = "", status: Status = "", p: Number = 1) -> Response:
    """Return a page of the imports, newest first."""
    found = imports.listed(here.district_id, q, status, p)
    facts = {"imports": found, "q": q, "status": status, "statuses": imports.STATUSES}
    return here.page("imports.html", **facts, **steps(found[0]["found"] if found else 0, p))


@router.get("/{district_id}/imports.csv")
def downloaded(here: Reads, q: str = "", status: Status = "") -> Response:
    """Return the selected imports as CSV."""
    found = imports.listed(here.district_id, q, status, None)
    return download(f"{here.district_id}-imports.csv", _COLUMNS, ([one[name] for name in _COLUMNS] for one in found))
