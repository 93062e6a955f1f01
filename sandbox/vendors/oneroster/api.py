"""The rostering service by REST, in version 1.1 or 1.2, at ClassLink or at any other SIS."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, Response

from sandbox.vendors.accidents import PAGE
from sandbox.vendors.account import Account
from sandbox.vendors.collection import Collection as Rows
from sandbox.vendors.collection import encode
from sandbox.vendors.faults import Fault, Struck
from sandbox.vendors.oneroster import access, collections, query, rest
from sandbox.vendors.oneroster.query import Query, Refused
from sandbox.vendors.oneroster.rest import Form, Version
from sandbox.vendors.registry import Registry

_CODES = {401: "unauthorisedrequest", 403: "forbidden", 404: "unknownobject", 429: "server_busy"}


@dataclass(frozen=True)
class Service:
    """One server: how one gets in, what it speaks, and whether it is ClassLink's."""

    version: Version
    enter: access.Enter
    classlink: bool = False

    @property
    def names(self) -> Collection[str]:
        """What stands beside the roster's collections: in 1.1 the gradebook's do."""
        return collections.EVERY if self.version == "1.1" else collections.ENDPOINTS

    def list(self, request: Request, name: str, names: Collection[str]) -> Response:
        account = self._let_in(request, name, names)
        how, kind = self._form(account), collections.EVERY[name].kind
        asked = query.read(kind, request.query_params, self.version, account.behaviour.oneroster_max_limit)
        key, found = collections.collection(account, how, name)
        found = collections.arrange(account, key, found, asked, kind)
        found = request.state.struck.tamper(account, collections.key_of(key, asked), found)
        return self._answer(request, account, asked, kind, found)

    def one(self, request: Request, name: str, row_id: str, names: Collection[str]) -> Response:
        account = self._let_in(request, name, names)
        row = collections.one(account, self._form(account), name, row_id)
        if row is None:
            raise Refused(404, "unknownobject", "no such object")
        body = b'{"' + collections.EVERY[name].one.encode() + b'":' + row + b"}"
        return Response(body, 200, self._revision(account), "application/json")

    def related(self, request: Request, path: tuple[str, str, str], inside: str | None = None) -> Response:
        account, (parent, parent_id, name) = self.enter(request, access.FULL), path
        known = (parent, name) in collections.RELATIONS or (inside and name in ("enrollments", "students", "teachers"))
        _known(bool(known))
        how, kind = self._form(account), collections.ENDPOINTS[name].kind
        for holder, holder_id in ((parent, parent_id), ("classes", inside)):
            if holder_id and collections.one(account, how, holder, holder_id) is None:
                raise Refused(404, "unknownobject", "no such object")
        asked = query.read(kind, request.query_params, self.version, account.behaviour.oneroster_max_limit)
        key = ("oneroster", how.version, how.roles, *path, inside)
        found = account.rendered(key, lambda: collections.related(account, how, path, inside))
        return self._answer(request, account, asked, kind, collections.arrange(account, key, found, asked, kind))

    def _let_in(self, request: Request, name: str, names: Collection[str]) -> Account:
        if name in collections.GRADEBOOK:
            scope = access.GRADEBOOK if self.version == "1.1" else access.GRADEBOOK_CORE
        else:
            scope = access.DEMOGRAPHICS if name == "demographics" else access.CORE
        account = self.enter(request, scope)
        _known(name in names and (name not in collections.GRADEBOOK or account.behaviour.oneroster_gradebook))
        return account

    def _form(self, account: Account) -> Form:
        return rest.form(self.version, account.behaviour, account.name)

    def _answer(self, request: Request, account: Account, asked: Query, kind: str, found: Rows) -> Response:
        struck: Struck = request.state.struck
        limit, start = struck.limit(asked.limit), asked.offset
        page = found.page(start - struck.repeated() if start else 0, start + limit)
        body = collections.select(page, asked.fields) if asked.fields else page
        parts = [] if struck.has("envelope_missing") else [f'"{kind}":['.encode() + body + b"]"]
        if asked.warning:
            parts.append(b'"statusInfoSet":' + encode([_payload("success", "warning", asked.warning, "")]))
        headers = self._revision(account)
        if not struck.has("missing_headers"):
            count = max(0, min(len(found), start + limit) - start)
            headers |= self._counts(account, len(found), count) | self._links(request, account, asked, len(found))
        return Response(b"{" + b",".join(parts) + b"}", 200, headers, "application/json")

    def _revision(self, account: Account) -> dict[str, str]:
        if not self.classlink:
            return {}
        digest = hashlib.blake2b(f"{account.name}/{account.revision}".encode(), digest_size=8)
        return {"x-perm-rev": digest.hexdigest()}

    def _counts(self, account: Account, total: int, count: int) -> dict[str, str]:
        if not account.behaviour.oneroster_counts:
            return {}
        if not self.classlink:
            return {"X-Total-Count": str(total)}
        return {"x-total-count": str(total), "x-count": str(count), "x-next-page-token": "none"}

    def _links(self, request: Request, account: Account, asked: Query, total: int) -> dict[str, str]:
        """Neighbours by offset; the parameters stay as they were sent."""
        if not account.behaviour.oneroster_links:
            return {}
        struck: Struck = request.state.struck
        limit, here = struck.limit(asked.limit), access.address(request).partition("?")[0]
        ends = {"first": 0, "last": max(0, (total - 1) // limit * limit)}
        if asked.offset + limit < total or struck.has("next_past_end"):
            ends["next"] = asked.offset + limit
        if asked.offset:
            ends["prev"] = max(0, asked.offset - limit)
        kept = [pair for pair in request.url.query.split("&") if pair.partition("=")[0] not in ("offset", "limit", "")]
        urls = {rel: f"{here}?{'&'.join([*kept, f'limit={limit}', f'offset={at}'])}" for rel, at in ends.items()}
        if struck.has("wrong_host_next") and "next" in urls:
            urls["next"] = struck.elsewhere + "/" + urls["next"].split("/", 3)[3]
        return {"Link": ", ".join(f'<{url}>; rel="{rel}"' for rel, url in urls.items())}


def make_service(service: Service) -> FastAPI:
    """A REST server without a token endpoint."""
    app, base = FastAPI(openapi_url=None), rest.BASES[service.version]
    _handle_refusals(app)
    if service.version == "1.2":
        _route_gradebook(app, service)

    @app.get(base + "/{name}")
    def give_list(request: Request, name: str) -> Response:
        return service.list(request, name, service.names)

    @app.get(base + "/{name}/{row_id}")
    def give_one(request: Request, name: str, row_id: str) -> Response:
        return service.one(request, name, row_id, service.names)

    @app.get(base + "/schools/{school}/classes/{class_id}/{name}")
    def give_inside(request: Request, school: str, class_id: str, name: str) -> Response:
        return service.related(request, ("schools", school, name), class_id)

    @app.get(base + "/{parent}/{parent_id}/{name}")
    def give_related(request: Request, parent: str, parent_id: str, name: str) -> Response:
        return service.related(request, (parent, parent_id, name))

    return app


def _route_gradebook(app: FastAPI, service: Service) -> None:
    base, names = rest.GRADEBOOK_BASES[service.version], collections.GRADEBOOK

    @app.get(base + "/{name}")
    def give_list(request: Request, name: str) -> Response:
        return service.list(request, name, names)

    @app.get(base + "/{name}/{row_id}")
    def give_one(request: Request, name: str, row_id: str) -> Response:
        return service.one(request, name, row_id, names)


def make_generic(registry: Registry, version: Version) -> FastAPI:
    """The REST server of any SIS: OAuth 2 client credentials at /token."""
    tokens = access.Tokens(registry, version)
    app = make_service(Service(version, tokens.enter))

    @app.post("/token")
    async def give_token(request: Request) -> Response:
        return tokens.grant(request.headers.get("authorization", ""), await request.body())

    return app


def refuse(status: int, fault: Fault) -> Response:
    """OneRoster's words for a status; too many requests, and a gateway's trouble, come as HTML."""
    headers = {"Retry-After": str(fault.values["retry_after"])} if "retry_after" in fault.values else None
    if status in (429, 502, 503):
        return HTMLResponse(
            PAGE.format({429: "Too Many Requests", 502: "Bad Gateway"}.get(status, "Busy")), status, headers
        )
    return _failure(status, _CODES.get(status, "internal_server_error" if status >= 500 else "invaliddata"), "")


def _known(known: bool) -> None:
    if not known:
        raise Refused(404, "unknownobject", "no such endpoint")


def _payload(major: str, severity: str, code: str, description: str) -> Mapping[str, object]:
    field = {"imsx_codeMinorFieldName": "TargetEndSystem", "imsx_codeMinorFieldValue": code}
    return {
        "imsx_codeMajor": major,
        "imsx_severity": severity,
        "imsx_description": description,
        "imsx_CodeMinor": {"imsx_codeMinorField": [field]},
    }


def _failure(status: int, code: str, description: str) -> Response:
    return Response(encode(_payload("failure", "error", code, description)), status, None, "application/json")


def _handle_refusals(app: FastAPI) -> None:
    @app.exception_handler(Refused)
    def refused(_request: Request, error: Refused) -> Response:
        return _failure(error.status, error.code, str(error))

    @app.exception_handler(404)
    def unknown(_request: Request, _error: Exception) -> Response:
        return _failure(404, "unknownobject", "no such endpoint")
