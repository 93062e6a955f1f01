"""How Canvas answers: who may come in, a page of records, one record, ids as texts for who asks for those."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from fastapi import Request
from starlette.responses import Response

from sandbox.vendors.account import Account
from sandbox.vendors.canvas import find, pages, refusals
from sandbox.vendors.canvas.records import Campus, Record
from sandbox.vendors.canvas.refusals import Refused
from sandbox.vendors.canvas.throttle import Bucket
from sandbox.vendors.collection import Collection, encode, join
from sandbox.vendors.registry import Registry

Make = Callable[[Campus], Iterable[Record]]


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
            answer = make(campus)
        answer.headers.update(bucket.headers)
        return answer

    def _enter(self, request: Request) -> Account:
        given = request.headers.get("authorization") or f"Bearer {request.query_params.get('access_token', '')}"
        if given == "Bearer ":
            raise refusals.no_token()
        account = self.registry.bearer("canvas_token", given)
        if account is None:
            raise refusals.bad_token()
        acting = request.query_params.get("as_user_id")
        if acting is not None and find.user(Campus(account, ""), acting) is None:
            raise Refused(401, {"errors": "Invalid as_user_id"})
        return account


def page(request: Request, campus: Campus, make: Make, wrapped: str = "", version: int = 0) -> Response:
    """A page of records; some lists stand under a key. Another version of a list is rendered anew."""
    account, struck = campus.account, request.state.struck
    ignored = ("page", "per_page", "access_token", "as_user_id")
    asked = tuple(pair for pair in request.query_params.multi_items() if pair[0] not in ignored)
    key = ("canvas", request.url.path, asked)
    rows = struck.tamper(account, key, account.rendered(key, lambda: _render(make(campus)), version))
    here = pages.read(request, rows, account.behaviour)
    start = here.start - struck.repeated() if here.start else 0
    body = b"[" + rows.page(start, here.start + here.size) + b"]"
    body = b"{}" if struck.has("envelope_missing") else body
    body = f'{{"{wrapped}":'.encode() + body + b"}" if wrapped else body
    headers = {} if struck.has("missing_headers") else {"Link": pages.links(request, rows, here, campus.host)}
    return reply(request, body, headers=headers)


def one(request: Request, found: Iterable[Record]) -> Response:
    """A single record. 404: there is none."""
    record = next(iter(found), None)
    if record is None:
        raise Refused(404)
    return reply(request, encode(record))


def _render(made: Iterable[Record]) -> Collection:
    return join((str(record["id"]), encode(record)) for record in made)


def reply(request: Request, body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """An answer; ids are texts for who accepts no large numbers."""
    if "application/json+canvas-string-ids" in request.headers.get("accept", ""):
        body = encode(_with_text_ids(msgspec.json.decode(body)))
    return Response(body, status, headers, "application/json; charset=utf-8")


def _with_text_ids(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_text_ids(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: str(held) if name.endswith("id") and isinstance(held, int) else _with_text_ids(held)
        for name, held in value.items()
    }
