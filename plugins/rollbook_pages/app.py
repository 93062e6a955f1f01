"""The application behind /rollbook: routes, headers of every answer, and what is said when something goes wrong."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from airflow.api_fastapi.core_api.security import requires_authenticated
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException as StarletteHTTPException

from pipelines.errors import RollbookError, SettingsInvalid
from pipelines.operations.pages import time_limit
from rollbook_pages.questions import APPLICATION
from rollbook_pages.render import problem
from rollbook_pages.routes import assets, checks, directory, districts, grades, holds, imports, jump, plan, validations

log = logging.getLogger(__name__)

# Nothing from another host, no script but ours, no page of another site around it; Airflow shows it in a frame.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "frame-ancestors 'self'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",  # pages may name people
}

_TURNS = asyncio.Semaphore(time_limit.AT_ONCE)
_FORM = "application/x-www-form-urlencoded"
_FORM_BYTES = 1024 * 1024  # a reason of 2,000 characters, and the digests of a great many holds

# No pages that tell strangers which routes there are, and no address that is made of what a request calls this host.
app = FastAPI(
    title="Rollbook",
    docs_url=None,
    redoc_url=None,
    openapi_url=None,
    redirect_slashes=False,
    dependencies=[Depends(requires_authenticated())],
)
for _page in (assets, jump, districts, directory, checks, imports, validations, plan, holds, grades):
    app.include_router(_page.router)


async def answer(scope: Any, receive: Any, send: Any) -> None:
    """Answer as an ASGI application that Airflow's has mounted, and remember Airflow's."""
    scope[APPLICATION] = scope.get("app")
    await app(scope, receive, send)


@app.middleware("http")
async def _guarded(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    try:
        refused = _unreadable(request)
        response = problem(request, *refused) if refused else await _in_turn(request, call_next)
    except Exception as error:  # noqa: BLE001 - what nobody foresaw may quote a row: its type goes out and nothing else
        log.error("UNEXPECTED: %s on a page", type(error).__name__)  # noqa: TRY400 - nor its trace
        response = problem(request, 500, f"UNEXPECTED: {type(error).__name__}. See docs/runbook.md#unexpected")
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response


async def _in_turn(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Make a few pages at once, each in little time, so that Airflow's tasks always find this process awake."""
    try:
        async with asyncio.timeout(time_limit.SECONDS):
            await _TURNS.acquire()
    except TimeoutError:
        return problem(request, 503, "other pages keep the warehouse busy; load this one again in a while")
    try:
        with time_limit.little():
            return await call_next(request)
    finally:
        _TURNS.release()


def _unreadable(request: Request) -> tuple[int, str] | None:
    """Why a request is not even read. A body is read before anybody is asked who they are: so only a small form is."""
    if "%00" in request.url.query:  # which no text in PostgreSQL may hold
        return 404, "there is no such page"
    if request.method in {"GET", "HEAD"}:
        return None
    length = request.headers.get("content-length", "0")
    if "transfer-encoding" in request.headers or not length.isdecimal() or int(length) > _FORM_BYTES:
        return 413, "more than any form of ours holds"
    if int(length) and request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        return 415, "not a form of ours"
    return None


@app.exception_handler(StarletteHTTPException)
async def _refused(request: Request, error: HTTPException) -> Response:
    return problem(request, error.status_code, str(error.detail))


@app.exception_handler(RequestValidationError)
async def _not_understood(request: Request, _error: RequestValidationError) -> Response:
    return problem(request, 404, "there is no such page")


@app.exception_handler(RollbookError)
async def _went_wrong(request: Request, error: RollbookError) -> Response:
    """Our own errors name no person: they are shown as they are."""
    return problem(request, 404 if isinstance(error, SettingsInvalid) else 503, str(error))
