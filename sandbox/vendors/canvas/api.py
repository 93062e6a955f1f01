"""Canvas's server: what a roster reads. Grades have a place beside these routes, and no routes yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
import numpy as np
from fastapi import FastAPI, Request
from starlette.responses import Response

from sandbox.vendors import ids
from sandbox.vendors.account import Account
from sandbox.vendors.canvas import pages, records, refusals
from sandbox.vendors.canvas.records import ACCOUNT, Campus, Record, Seat
from sandbox.vendors.canvas.refusals import Refused, refuse
from sandbox.vendors.canvas.throttle import Bucket
from sandbox.vendors.collection import Collection, encode, join
from sandbox.vendors.registry import Registry

__all__ = ["make_canvas", "refuse"]

Make = Callable[[Campus], Iterable[Record]]
_STATES = ["active", "invited"]
_PREFIXES = {"courses": ("course_id", "sis_course_id:"), "classes": ("class_id", "sis_section_id:")}


class Canvas:
    """The answers of one sandbox's Canvas; a token belongs to an account administrator."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def answer(self, request: Request, make: Callable[[Campus], Response]) -> Response:
        """Let a request in, unless its token's bucket is full, and answer it."""
        account = self._enter(request)
        bucket = self.registry.buckets.setdefault(account.name, Bucket())
        with bucket.hold() as room:
            if not room and account.behaviour.canvas_throttle:
                return refusals.throttled(account.behaviour.canvas_throttled, bucket.remaining)
            campus_key = ("canvas", "campus")
            campus = account.kept(campus_key, lambda: Campus(account, self.registry.addresses["canvas"]))
            reply = make(campus)
        reply.headers.update(bucket.headers)
        return reply

    def _enter(self, request: Request) -> Account:
        given = request.headers.get("authorization") or f"Bearer {request.query_params.get('access_token', '')}"
        if given == "Bearer ":
            raise refusals.no_token()
        account = self.registry.bearer("canvas_token", given)
        if account is None:
            raise refusals.bad_token()
        acting = request.query_params.get("as_user_id")
        if acting is not None and _user(Campus(account, ""), acting) is None:
            raise Refused(401, {"errors": "Invalid as_user_id"})
        return account


def page(request: Request, campus: Campus, make: Make, wrapped: str = "") -> Response:
    """A page of records; some lists stand under a key."""
    account, struck = campus.account, request.state.struck
    ignored = ("page", "per_page", "access_token", "as_user_id")
    asked = tuple(pair for pair in request.query_params.multi_items() if pair[0] not in ignored)
    key = ("canvas", request.url.path, asked)
    rows = struck.tamper(account, key, account.rendered(key, lambda: _render(make(campus))))
    here = pages.read(request, rows, account.behaviour)
    start = here.start - struck.repeated() if here.start else 0
    body = b"[" + rows.page(start, here.start + here.size) + b"]"
    body = b"{}" if struck.has("envelope_missing") else body
    body = f'{{"{wrapped}":'.encode() + body + b"}" if wrapped else body
    headers = {} if struck.has("missing_headers") else {"Link": pages.links(request, rows, here, campus.host)}
    return _reply(request, body, headers)


def one(request: Request, found: Iterable[Record]) -> Response:
    """A single record. 404: there is none."""
    record = next(iter(found), None)
    if record is None:
        raise Refused(404)
    return _reply(request, encode(record), {})


def make_canvas(registry: Registry) -> FastAPI:
    """The server."""
    app, canvas = FastAPI(openapi_url=None), Canvas(registry)

    @app.exception_handler(Refused)
    def refused(_request: Request, error: Refused) -> Response:
        return refusals.say(error)

    @app.exception_handler(404)
    def unknown(_request: Request, _error: Exception) -> Response:
        return refusals.say(Refused(404))

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
                found = _user(campus, record_id)
                return one(request, [records.user(campus, *found, include=("email",))] if found else [])
            if kind == "courses":
                return one(request, records.courses(campus, _row(campus, "courses", record_id)))
            return one(
                request, records.sections(campus, _row(campus, "classes", record_id)) if kind == "sections" else ()
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
    if kind not in ("courses", "sections") or name not in ("sections", "users", "enrollments"):
        raise Refused(404)
    row = _row(campus, "classes" if kind == "sections" else "courses", record_id)
    classes = np.flatnonzero(campus.world.classes["course"].to_numpy() == row[0]) if kind == "courses" else row
    if name == "sections":
        return records.sections(campus, classes)
    asked = request.query_params.getlist
    if name == "enrollments":
        seats = records.seats(campus, classes, asked("state[]") or _STATES)
        return (records.enrollment(campus, seat) for seat in _of_type(seats, asked("type[]")))
    seats = records.seats(campus, classes, asked("enrollment_state[]") or _STATES)
    wanted = [f"{kind.capitalize()}Enrollment" for kind in asked("enrollment_type[]")]
    return _people(campus, list(_of_type(seats, wanted)), asked("include[]"))


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
    found = _user(campus, user_id)
    if found is None:
        raise Refused(404)
    seats = records.seats(
        campus, campus.account.view.rows("classes"), request.query_params.getlist("state[]") or _STATES
    )
    return (records.enrollment(campus, seat) for seat in seats if (seat.kind, seat.row) == found)


def _everybody(campus: Campus, include: list[str]) -> Iterable[Record]:
    for kind in ("teacher", "student"):
        yield from (records.user(campus, kind, int(row), include) for row in campus.account.view.rows(f"{kind}s"))


def _of_account(campus: Campus, account_id: str, make: Make) -> Iterable[Record]:
    if account_id not in (str(ACCOUNT), "self"):
        raise refusals.forbidden(campus.account.behaviour.canvas_forbidden)
    return make(campus)


def _row(campus: Campus, kind: str, record_id: str) -> np.ndarray:
    """The row of a course or a section, by its number or by its SIS id."""
    column, prefix = _PREFIXES[kind]
    rows = campus.account.view.rows(kind)
    if record_id.startswith(prefix):
        keys = getattr(campus.world, kind)[column].to_numpy(object)[rows]
        found = rows[keys == record_id.removeprefix(prefix)]
    else:
        numbers = ids.canvas_rows("course" if kind == "courses" else "section", rows)
        found = rows[numbers == int(record_id)] if record_id.isdigit() else rows[:0]
    if not len(found):
        raise Refused(404)
    return np.asarray(found[:1])


def _user(campus: Campus, user_id: str) -> tuple[str, int] | None:
    """A user by number, or by SIS id."""
    if user_id.startswith("sis_user_id:"):
        key = user_id.removeprefix("sis_user_id:")
        for kind, column in (("teacher", "teacher_id"), ("student", "student_id")):
            rows = campus.account.view.rows(f"{kind}s")
            found = rows[getattr(campus.world, f"{kind}s")[column].to_numpy(object)[rows] == key]
            if len(found):
                return kind, int(found[0])
        return None
    return campus.find_user(int(user_id)) if user_id.isdigit() else None


def _render(made: Iterable[Record]) -> Collection:
    return join((str(record["id"]), encode(record)) for record in made)


def _reply(request: Request, body: bytes, headers: dict[str, str]) -> Response:
    """Ids are texts for who accepts no large numbers."""
    if "application/json+canvas-string-ids" in request.headers.get("accept", ""):
        body = encode(_with_text_ids(msgspec.json.decode(body)))
    return Response(body, 200, headers, "application/json; charset=utf-8")


def _with_text_ids(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_text_ids(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: str(held) if name.endswith("id") and isinstance(held, int) else _with_text_ids(held)
        for name, held in value.items()
    }
