"""ClassLink's proxy: a static bearer and an application's id in the path, before the data of its own hosts."""

from __future__ import annotations

from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.vendors.account import Account
from sandbox.vendors.collection import encode
from sandbox.vendors.registry import Keys, Registry

_USUAL = 100
_DATA = "/ims/oneroster/"


class Proxy:
    """`/applications` with our partner key; `/<application>/ims/oneroster/v1p1/...` with a district's bearer."""

    def __init__(self, registry: Registry, data: ASGIApp) -> None:
        self.registry, self.data = registry, data

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["raw_path"].decode("latin-1").partition("?")[0]
        if path == "/applications" or path.startswith("/applications/"):
            await self._applications(Request(scope), path)(scope, receive, send)
            return
        application, found, rest = path.removeprefix("/proxy/v1p0").partition(_DATA)
        account = self._owner(application.strip("/"))
        if account is None or not found:
            await _json({"message": "Forbidden"}, 403)(scope, receive, send)
            return
        authorization = Request(scope).headers.get("authorization", "")
        if self.registry.bearer("classlink_bearer", authorization) is not account:
            await _json({"message": "Unauthorized"}, 401)(scope, receive, send)
            return
        inner = dict(scope) | {"path": unquote(_DATA + rest), "state": scope["state"] | {"account": account}}
        await self.data(inner, receive, send)

    def _owner(self, application: str) -> Account | None:
        """The district of an application's id, which has to stand in the path as it was given, escapes and all."""
        return self.registry.owner("classlink_application", application)

    def _applications(self, request: Request, path: str) -> Response:
        authorization = request.headers.get("authorization", "")
        if self.registry.bearer("classlink_partner_key", authorization) is None:
            return _json({"status": 0, "message": "Unauthorized"}, 401)
        if path == "/applications":
            limit, offset = (request.query_params.get(name, "") for name in ("limit", "offset"))
            start = int(offset) if offset.isdigit() else 0
            known = [self._tell(number, name) for number, name in enumerate(self.registry.accounts)]
            return _json(
                {"status": 1, "applications": known[start : start + (int(limit) if limit.isdigit() else _USUAL)]}
            )
        application, _, leaf = path.removeprefix("/applications/").partition("/")
        account = self._owner(application)
        if account is None or leaf != "server":
            return _json({"status": 0, "message": "Not found"}, 404)
        return _json({"status": 1, "server": self._server(self.registry.keys[account.name]), "message": ""})

    def _server(self, keys: Keys) -> dict[str, str]:
        return {
            "client_id": keys.classlink_consumer_key,
            "client_secret": keys.classlink_consumer_secret,
            "endpoint_url": f"{self.registry.addresses['classlink']}/ims/oneroster/v1p1",
        }

    def _tell(self, number: int, name: str) -> dict[str, object]:
        """One of three ids opens the path; "enabled" is a text."""
        keys = self.registry.keys[name]
        return {
            "id": 700 + number,
            "tenant_name": f"{name.replace('_', ' ').title()} School District",
            "tenant_id": 2 + number,
            "application_id": 57 + number,
            "oneroster_application_id": keys.classlink_application,
            "bearer": keys.classlink_bearer,
            "name": "Rollbook",
            "enabled": "true",
            "tenant_status": "Active",
        }


def _json(value: object, status: int = 200) -> Response:
    return Response(encode(value), status, None, "application/json")
