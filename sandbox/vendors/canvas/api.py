"""Canvas's server, and what a roster reads of it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.responses import Response

from sandbox.vendors.canvas import find, grade_api, post_policy, records, refusals
from sandbox.vendors.canvas.answers import Canvas, Make, one, page
from sandbox.vendors.canvas.records import ACCOUNT, Campus, Record, Seat
from sandbox.vendors.canvas.refusals import Refused, refuse
from sandbox.vendors.registry import Registry

__all__ = ["make_canvas", "refuse"]

_STATES = ["active", "invited"]


def make_canvas(registry: Registry) -> FastAPI:
    """The server."""
    app, canvas = FastAPI(openapi_url=None), Canvas(registry)

    @app.exception_handler(Refused)
    def refused(_request: Request, error: Refused) -> Response:
        return refusals.say(error)

    @app.exception_handler(404)
    def unknown(_request: Request, _error: Exception) -> Response:
        return refusals.say(Refused(404))

    @app.exception_handler(RequestValidationError)
    def unlike(_request: Request, _error: Exception) -> Response:
        return refusals.say(Refused(404))

    grade_api.route(app, canvas)
    post_policy.route(app, canvas)
    _route_account(app, canvas)
    _route_lists(app, canvas)
    return app


def _route_account(app: FastAPI, canvas: Canvas) -> None:
    @app.get("/api/v1/accounts")
    def accounts(request: Request) -> Response:
        return canvas.answer(request, lambda campus: page(request, campus, records.accounts))

    @app.get("/api/v1/accounts/{account_id}")
    def account(request: Request, account_id: str) -> Response:
        return canvas.answer(request, lambda campus: one(request, _of_account(campus, account_id, records.accounts)))

    @app.get("/api/v1/accounts/{account_id}/{name}")
    def of_account(request: Request, account_id: str, name: str) -> Response:
        makers: dict[str, Make] = {
            "terms": records.terms,
            "courses": lambda campus: records.courses(campus, campus.account.view.rows("courses")),
            "users": lambda campus: _everybody(campus, request.query_params.getlist("include[]")),
        }

        def make(campus: Campus) -> Response:
            if name not in makers:
                raise Refused(404)
            wrapped = "enrollment_terms" if name == "terms" else ""
            return page(request, campus, lambda _: _of_account(campus, account_id, makers[name]), wrapped)

        return canvas.answer(request, make)

    @app.get("/api/v1/courses")
    def courses(request: Request) -> Response:
        make: Make = lambda campus: records.courses(campus, campus.account.view.rows("courses"))  # noqa: E731
        return canvas.answer(request, lambda campus: page(request, campus, make))


def _route_lists(app: FastAPI, canvas: Canvas) -> None:
    @app.get("/api/v1/{kind}/{record_id}")
    def record(request: Request, kind: str, record_id: str) -> Response:
        def make(campus: Campus) -> Response:
            if (kind, record_id) == ("users", "self"):
                return one(request, [{"id": ACCOUNT, "name": "Rollbook", "short_name": "Rollbook"}])
            if kind == "users":
                found = find.user(campus, record_id)
                return one(request, [records.user(campus, *found, include=("email",))] if found else [])
            if kind == "courses":
                return one(request, records.courses(campus, find.row(campus, "courses", record_id)))
            return one(
                request, records.sections(campus, find.row(campus, "classes", record_id)) if kind == "sections" else ()
            )

        return canvas.answer(request, make)

    @app.get("/api/v1/{kind}/{record_id}/{name}")
    def related(request: Request, kind: str, record_id: str, name: str) -> Response:
        def make(campus: Campus) -> Response:
            return page(request, campus, lambda _: _related(request, campus, (kind, record_id, name)))

        return canvas.answer(request, make)


def _related(request: Request, campus: Campus, path: tuple[str, str, str]) -> Iterable[Record]:
    kind, record_id, name = path
    if kind == "users" and name == "enrollments":
        return _enrollments_of(request, campus, record_id)
    if kind not in ("courses", "sections") or name not in ("sections", "users", "search_users", "enrollments"):
        raise Refused(404)
    row = find.row(campus, "classes" if kind == "sections" else "courses", record_id)
    classes = np.flatnonzero(campus.world.classes["course"].to_numpy() == row[0]) if kind == "courses" else row
    if name == "sections":
        return records.sections(campus, classes)
    asked = request.query_params.getlist
    if name == "enrollments":
        seats = records.seats(campus, classes, asked("state[]") or _seen_states(campus))
        return (records.enrollment(campus, seat) for seat in _of_type(seats, asked("type[]")))
    seats = records.seats(campus, classes, asked("enrollment_state[]") or _STATES)
    wanted = [f"{kind.capitalize()}Enrollment" for kind in asked("enrollment_type[]")]
    return _people(campus, list(_of_type(seats, wanted)), asked("include[]"))


def _seen_states(campus: Campus) -> list[str]:
    """The enrollments that are listed where no state is named."""
    return [*_STATES, "inactive"] if campus.account.behaviour.canvas_administrator else _STATES


def _people(campus: Campus, seats: list[Seat], include: list[str]) -> Iterable[Record]:
    """One row for each user, with all of their enrollments here if asked for."""
    mine: dict[tuple[str, int], list[Seat]] = {}
    for seat in seats:
        mine.setdefault((seat.kind, seat.row), []).append(seat)
    for (kind, row), places in mine.items():
        record = records.user(campus, kind, row, include)
        if "enrollments" in include:
            record["enrollments"] = [records.enrollment(campus, seat) for seat in places]
        yield record


def _of_type(seats: Iterable[Seat], types: list[str]) -> Iterable[Seat]:
    return (seat for seat in seats if not types or f"{seat.kind.capitalize()}Enrollment" in types)


def _enrollments_of(request: Request, campus: Campus, user_id: str) -> Iterable[Record]:
    found = find.user(campus, user_id)
    if found is None:
        raise Refused(404)
    seats = records.seats(
        campus, campus.account.view.rows("classes"), request.query_params.getlist("state[]") or _seen_states(campus)
    )
    return (records.enrollment(campus, seat) for seat in seats if (seat.kind, seat.row) == found)


def _everybody(campus: Campus, include: list[str]) -> Iterable[Record]:
    for kind in ("teacher", "student"):
        yield from (records.user(campus, kind, int(row), include) for row in campus.account.view.rows(f"{kind}s"))


def _of_account(campus: Campus, account_id: str, make: Make) -> Iterable[Record]:
    if account_id not in (str(ACCOUNT), "self"):
        raise refusals.forbidden(campus.account.behaviour.canvas_forbidden)
    return make(campus)
