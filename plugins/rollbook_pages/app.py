"""The application behind /rollbook: routes, headers of every response, and error pages."""

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

# Pages load nothing from another host and run no script but ours. Only Airflow's own pages may show them in a frame.
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
_FORM_BYTES = 1024 * 1024  # room for a reason of 2,000 characters and the digests of a great many holds

# No page shows strangers which routes there are. No redirect builds an address from the host name in a request.
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
    """Answer as an ASGI application mounted in Airflow's, and store Airflow's application in the scope."""
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
    """Build few pages at once, each in limited time, so that this process stays responsive to Airflow's tasks.

    If no place is free in time, return a 503 page.
    """
    try:
        async with asyncio.timeout(time_limit.SECONDS):
            await _TURNS.acquire()
    except TimeoutError:
        return problem(request, 503, "other pages keep the warehouse busy; load this page again later")
    try:
        with time_limit.little():
            return await call_next(request)
    finally:
        _TURNS.release()


def _unreadable(request: Request) -> tuple[int, str] | None:
    """Return status and text for a request that is not read at all; None for a readable one.

    The body is read before the login is checked. So only a small form is read.
    """
    if "%00" in request.url.query:  # no text in PostgreSQL may hold a zero character
        return 404, "there is no such page"
    if request.method in {"GET", "HEAD"}:
        return None
    length = request.headers.get("content-length", "0")
    if "transfer-encoding" in request.headers or not length.isdecimal() or int(length) > _FORM_BYTES:
        return 413, "the request is larger than any form of Rollbook"
    if int(length) and request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        return 415, "the request is not a form of Rollbook"
    return None


@app.exception_handler(StarletteHTTPException)
async def _refused(request: Request, error: HTTPException) -> Response:
    return problem(request, error.status_code, str(error.detail))


@app.exception_handler(RequestValidationError)
async def _not_understood(request: Request, _error: RequestValidationError) -> Response:
    return problem(request, 404, "there is no such page")


@app.exception_handler(RollbookError)
async def _went_wrong(request: Request, error: RollbookError) -> Response:
    """Show a Rollbook error unchanged: Rollbook's own errors name no person."""
    return problem(request, 404 if isinstance(error, SettingsInvalid) else 503, str(error))
