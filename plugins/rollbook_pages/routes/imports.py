"""Import Details: what came, night by night."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from pipelines.pages import imports
from rollbook_pages.downloads import download
from rollbook_pages.guard import Reads
from rollbook_pages.render import page, steps
from rollbook_pages.routes.districts import name_of

router = APIRouter()
Status = Literal["", "applied", "unchanged", "received", "refused", "missing"]
_COLUMNS = ("run_id", "as_of", "source", "layout", "status", "received_rows", "accepted", "quarantined", "code", "at")


@router.get("/{district_id}/imports")
def listed(
    request: Request,
    user: Reads,
    district_id: str,
    q: str = "",
    status: Status = "",
    p: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """Give a page of the imports, newest first."""
    found = imports.listed(district_id, q, status, p)
    told = {"imports": found, "q": q, "status": status, "statuses": imports.STATUSES}
    told |= steps(found[0]["found"] if found else 0, p)
    return page(request, "imports.html", user, district_id=district_id, name=name_of(district_id), **told)


@router.get("/{district_id}/imports.csv")
def downloaded(_user: Reads, district_id: str, q: str = "", status: Status = "") -> Response:
    """Give them all."""
    found = imports.listed(district_id, q, status, None)
    return download(f"{district_id}-imports.csv", _COLUMNS, ([one[name] for name in _COLUMNS] for one in found))
