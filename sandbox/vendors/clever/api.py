"""Clever's two hosts: the API, and the tokens of the districts that authorized us."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from itertools import chain

from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, Response

from sandbox.vendors.accidents import PAGE
from sandbox.vendors.account import Account
from sandbox.vendors.clever import events, pages, people, records, relations
from sandbox.vendors.clever.pages import Refused
from sandbox.vendors.clever.records import Office, Record
from sandbox.vendors.collection import Collection, encode, join
from sandbox.vendors.faults import Fault, Struck
from sandbox.vendors.registry import Registry, basic

_KINDS: dict[str, Callable[[Office], Iterable[Record]]] = {
    "courses": lambda office: records.courses(office, office.view.rows("courses")),
    "districts": records.districts,
    "resources": records.resources,
    "schools": lambda office: records.schools(office, office.view.rows("schools")),
    "sections": lambda office: records.sections(office, office.view.rows("classes")),
    "terms": lambda office: records.terms(office, office.used_terms()),
    "users": lambda office: chain.from_iterable(
        people.ROLES[role](office)
        for role in people.ROLES
        if role != "staff"  # they teach as well
    ),
}
_COUNTED = ("courses", "districts", "schools", "sections", "terms", "users")
_OF_USERS = ("users", "schools", "districts")  # what the token of a user opens, one record at a time


class Api:
    """The answers of one sandbox's API."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def list(self, request: Request, version: str, kind: str) -> Response:
        account, headers = self._enter(request)
        struck: Struck = request.state.struck
        _known(version, kind in _KINDS or kind == "events")
        query = pages.read_query(request.url.path, request.query_params.multi_items())
        ask = dict(request.query_params)
        key = ("clever", version, kind, ask.get("role"), ask.get("school"), tuple(_types(request)))
        rows = struck.tamper(account, key, account.rendered(key, lambda: _rows(account, version, kind, request)))
        if ask.get("count") == "true" and kind in _COUNTED:
            links = [{"rel": "self", "uri": query.uri()}]
            return _json({"count": len(rows), "links": links}, headers)
        if kind == "events" and query.starting_after and rows.find(query.starting_after) is None:
            query = _from_oldest(query)
        return Response(pages.answer(rows, query, struck), 200, headers, "application/json")

    def record(self, request: Request, version: str, kind: str, record_id: str) -> Response:
        account, headers = self._enter(request, users=kind in _OF_USERS)
        _known(version, kind in _KINDS or kind == "events")
        key = ("clever", version, kind, None, None, ())
        rows = account.rendered(key, lambda: _rows(account, version, kind, request))
        at = rows.find(record_id)
        if at is None:
            raise Refused(404, "Resource not found")
        path = f"/{version}/{kind}/{record_id}"
        body = rows.row(at).rpartition(b',"uri":')[0]
        return Response(body + b',"links":' + encode(_links(path, kind)) + b"}", 200, headers, "application/json")

    def related(self, request: Request, version: str, kind: str, record_id: str, relation: str) -> Response:
        account, headers = self._enter(request)
        single = relations.is_single(kind, relation)
        _known(version, single or relations.is_list(kind, relation))
        office, ask = _office(account, version), dict(request.query_params)
        if ask.get("role", "student") not in relations.roles(kind):
            raise Refused(400, "Invalid value for 'role'")
        made = list(_related(office, kind, record_id, relation, ask))
        if single:
            name = made[0]["id"]
            plural = relation if relation.endswith("s") else f"{relation}s"
            path = f"/{version}/{plural}/{name}"
            return _json({"data": made[0], "links": _links(path, plural)}, headers)
        query = pages.read_query(request.url.path, request.query_params.multi_items())
        plural = "users" if relation.startswith("my") else relation
        rows = pages.wrap(made, f"/{version}/{plural}")
        return Response(pages.answer(rows, query, request.state.struck), 200, headers, "application/json")

    def _enter(self, request: Request, users: bool = False) -> tuple[Account, dict[str, str]]:
        """Who asks, and the headers of the rate limit. A user's token opens single records only."""
        authorization = request.headers.get("authorization", "")
        user = self.registry.bearer("clever_user_token", authorization)
        account = user or self.registry.bearer("clever_token", authorization)
        if account is None or not (user or account.behaviour.clever_authorized):
            raise Refused(401, "Unauthorized")
        if user and not users:
            raise Refused(404)
        return account, self._count(authorization, account.behaviour.clever_rate_limit)

    def _count(self, token: str, limit: int) -> dict[str, str]:
        now = int(time.time())
        minute, used = self.registry.windows.get(token, (now // 60, 0))
        used = used + 1 if minute == now // 60 else 1
        self.registry.windows[token] = (now // 60, used)
        headers = limits(limit, limit - used, (now // 60 + 1) * 60)
        if used > limit:
            raise _Throttled(headers)
        return headers


class _Throttled(Exception):
    """The minute's requests are used up."""

    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__("throttled")
        self.headers = headers


def limits(limit: int, remaining: int, reset: int) -> dict[str, str]:
    """The headers of the rate limit."""
    return {
        "X-Ratelimit-Bucket": "bearer",
        "X-Ratelimit-Limit": str(limit),
        "X-Ratelimit-Remaining": str(max(0, remaining)),
        "X-Ratelimit-Reset": str(reset),
    }


def refuse(status: int, fault: Fault) -> Response:
    """Clever's words for a status; 429 has none, only the time to come back."""
    if status == 429:
        return Response(b"", 429, limits(1200, 0, int(time.time() + fault.number("seconds", 1) + 0.999)))
    return _json({"message": {401: "Unauthorized", 500: "Internal server error"}.get(status, "Error")}, {}, status)


def make_api(registry: Registry) -> FastAPI:
    """The API's server."""
    app, api = FastAPI(openapi_url=None), Api(registry)
    _handle_refusals(app)

    @app.get("/{version}/{kind}")
    def give_list(request: Request, version: str, kind: str) -> Response:
        return api.list(request, version, kind)

    @app.get("/{version}/{kind}/{record_id}")
    def give_record(request: Request, version: str, kind: str, record_id: str) -> Response:
        return api.record(request, version, kind, record_id)

    @app.get("/{version}/{kind}/{record_id}/{relation}")
    def give_related(request: Request, version: str, kind: str, record_id: str, relation: str) -> Response:
        return api.related(request, version, kind, record_id, relation)

    return app


def make_tokens(registry: Registry) -> FastAPI:
    """The tokens' server, a host of its own."""
    app = FastAPI(openapi_url=None)
    _handle_refusals(app)

    @app.get("/oauth/tokens")
    def give_tokens(request: Request) -> Response:
        given = basic(request.headers.get("authorization", ""))
        keys = next(iter(registry.keys.values()))
        if given != (keys.clever_client_id, keys.clever_client_secret):
            raise Refused(401, "Unauthorized")
        if request.query_params.get("owner_type") != "district":
            raise Refused(400, "Invalid value for 'owner_type'")
        wanted = request.query_params.get("district")
        tokens = [_token(registry, name) for name, one in registry.accounts.items() if one.behaviour.clever_authorized]
        links = [{"rel": "self", "uri": f"/oauth/tokens?{request.url.query}"}]
        return _json({"data": [one for one in tokens if wanted in (None, one["owner"]["id"])], "links": links})

    return app


def _token(registry: Registry, name: str) -> Record:
    office, token = _office(registry.accounts[name], "v3.1"), registry.keys[name].clever_token
    return {
        "id": f"6a{token[:22]}",
        "created": office.view.moment(0),
        "owner": {"type": "district", "id": office.district},
        "access_token": token,
        "scopes": ["read:district_admins", "read:school_admins", "read:sis", "read:students", "read:teachers"],
    }


def _office(account: Account, version: str) -> Office:
    return Office(account.view, account.behaviour, "v3.0" if version == "v3.0" else "v3.1")


def _known(version: str, known: bool) -> None:
    if version not in ("v3.0", "v3.1") or not known:
        raise Refused(404)


def _types(request: Request) -> list[str]:
    return request.query_params.getlist("record_type")


def _rows(account: Account, version: str, kind: str, request: Request) -> Collection:
    office, role = _office(account, version), request.query_params.get("role")
    if kind == "events":
        return _event_rows(account, office, request)
    if kind == "users" and role:
        if role not in people.ROLES:
            raise Refused(400, "Invalid value for 'role'")
        return pages.wrap(people.ROLES[role](office), f"/{version}/users")
    return pages.wrap(_KINDS[kind](office), f"/{version}/{kind}")


def _event_rows(account: Account, office: Office, request: Request) -> Collection:
    types, school = _types(request), request.query_params.get("school")
    beside = account.behaviour.clever_previous == "beside"
    chosen = (
        one
        for one in account.feed
        if (not types or one.type.partition(".")[0] in types) and (not school or school in one.schools)
    )
    path = f"/{office.version}/events"
    return join(
        (one.id, encode({"data": events.render(one, office.version, beside), "uri": f"{path}/{one.id}"}))
        for one in chosen
    )


def _from_oldest(query: pages.Query) -> pages.Query:
    """An unknown or expired cursor is no error: the feed begins at the oldest event kept."""
    return pages.Query(query.path, query.others, query.limit, "0" * 24, None)


def _related(office: Office, kind: str, record_id: str, relation: str, ask: dict[str, str]) -> Iterable[Record]:
    if relation == "resources":
        return records.resources(office)
    if kind == "resources":
        if record_id not in {one["id"] for one in records.resources(office)}:
            raise Refused(404, "Resource not found")
        return iter(())
    found = relations.find(office, kind, record_id)
    if found is None:
        raise Refused(404, "Resource not found")
    return records.districts(office) if relation == "district" else found[0](office, found[1], relation, ask)


def _links(path: str, kind: str) -> list[dict[str, str]]:
    names = {
        "schools": ("district", "sections", "users", "terms", "courses"),
        "sections": ("district", "users", "school", "term", "course"),
        "users": ("district", "schools", "sections"),
        "courses": ("district", "schools", "sections"),
        "terms": ("district", "schools", "sections"),
    }
    return [{"rel": "self", "uri": path}, *({"rel": name, "uri": f"{path}/{name}"} for name in names.get(kind, ()))]


def _json(value: object, headers: dict[str, str] | None = None, status: int = 200) -> Response:
    return Response(encode(value), status, headers, "application/json")


def _handle_refusals(app: FastAPI) -> None:
    @app.exception_handler(Refused)
    def refused(_request: Request, error: Refused) -> Response:
        if not error.message:
            return HTMLResponse(PAGE.format("Page not found"), error.status)
        if error.status == 404:
            return _json({"code": 91, "error": error.message, "data": {}}, status=404)
        return _json({"message": error.message}, status=error.status)

    @app.exception_handler(_Throttled)
    def throttled(_request: Request, error: _Throttled) -> Response:
        return Response(b"", 429, error.headers)

    @app.exception_handler(404)
    def unknown(_request: Request, _error: Exception) -> Response:
        return HTMLResponse(PAGE.format("Page not found"), 404)
