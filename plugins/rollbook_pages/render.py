"""Templates, and the functions and filters that they share. Everything is escaped: names come from hostile files."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

from airflow.api_fastapi.app import API_ROOT_PATH
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from fastapi import Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipelines.operations.pages.paging import PER_PAGE
from pipelines.stage.expectations import NO_STUDENTS
from rollbook_pages import charts
from rollbook_pages.forms import FIELD, token_for

_HERE = Path(__file__).parent
ROOT = API_ROOT_PATH.rstrip("/")  # Airflow may live under a path of its own
PREFIX = f"{ROOT}/rollbook"

Number = Annotated[int, Query(ge=1, le=100_000)]  # the number of a page of a list


def page(request: Request, template: str, user: BaseUser, **facts: Any) -> HTMLResponse:
    """Return a page: the template, filled with `facts`."""
    given = {"request": request, "form_token": token_for(user), "form_field": FIELD}
    return HTMLResponse(_templates().get_template(template).render(**given, **facts))


def problem(request: Request, status: int, detail: str) -> Response:
    """Return the reason why there is no page: in HTML to a browser, else in JSON as Airflow does."""
    if "text/html" not in request.headers.get("accept", ""):
        return JSONResponse({"detail": detail}, status)
    # Only a path: behind a proxy the request's own host and scheme differ from the browser's.
    back = {"next": f"{request.url.path}?{request.url.query}".removesuffix("?")}
    login = f"{ROOT}/auth/login?{urlencode(back)}" if status == 401 else None
    text = _templates().get_template("problem.html").render(request=request, status=status, detail=detail, login=login)
    return HTMLResponse(text, status)


def link(path: str, **query: Any) -> str:
    """Return the address of a Rollbook page, without query values that are None, empty or False."""
    given = {name: value for name, value in query.items() if value not in (None, "", False)}
    return f"{PREFIX}{path}" + (f"?{urlencode(given)}" if given else "")


def airflow_link(dag_run: str | None) -> str | None:
    """Return the address of a DAG run, named dag_id/run_id, in Airflow's own UI."""
    dag_id, _, run_id = (dag_run or "").partition("/")
    return f"{ROOT}/dags/{dag_id}/runs/{run_id}" if run_id else None


def steps(found: int, page_number: int) -> dict[str, Any]:
    """Return what a list shows about its pages: page, pages, first, last, found."""
    pages = max(1, -(-found // PER_PAGE))
    first = (page_number - 1) * PER_PAGE + 1 if found else 0
    return {
        "page": page_number,
        "pages": pages,
        "first": first,
        "last": min(found, page_number * PER_PAGE),
        "found": found,
    }


def _count(number: float | None) -> str:
    return "" if number is None else f"{number:,}"


def _points(score: Any) -> str:
    return "" if score is None else f"{score.normalize():f}"


def _moment(at: datetime | date | None) -> str:
    if at is None:
        return ""
    return f"{at:%Y-%m-%d %H:%M} UTC" if isinstance(at, datetime) else at.isoformat()


@cache
def _templates() -> Environment:
    found = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update(count=_count, points=_points, moment=_moment)
    found.globals.update(link=link, airflow_link=airflow_link, bars=charts.bars, advice_without_students=NO_STUDENTS)
    return found
