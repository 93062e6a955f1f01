"""Who asks a OneRoster server: OAuth 1.0a signatures, a static bearer, or client credentials with scopes."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs

from fastapi import Request
from oauthlib.oauth1 import RequestValidator, SignatureOnlyEndpoint
from starlette.responses import Response

from sandbox.vendors.account import Account
from sandbox.vendors.collection import encode
from sandbox.vendors.oneroster.query import Refused
from sandbox.vendors.registry import Registry, basic

Enter = Callable[[Request, str], Account]  # the request, and the scope that it needs

CORE, FULL, DEMOGRAPHICS = "roster-core.readonly", "roster.readonly", "roster-demographics.readonly"
GRADEBOOK_CORE, GRADEBOOK = "gradebook-core.readonly", "gradebook.readonly"
_SCOPES = {
    "1.1": (CORE, FULL, DEMOGRAPHICS, GRADEBOOK),
    "1.2": (CORE, FULL, DEMOGRAPHICS, GRADEBOOK, GRADEBOOK_CORE),
}
_MORE = {CORE: FULL, GRADEBOOK_CORE: GRADEBOOK}  # a scope that comprises another
_LIFETIME = 600  # seconds a signature may be old


def scope(version: str, name: str) -> str:
    """A scope as a token carries it."""
    return f"https://purl.imsglobal.org/spec/or/v{version.replace('.', 'p')}/scope/{name}"


class _Validator(RequestValidator):
    """oauthlib asks here for keys, and whether a nonce was seen before."""

    enforce_ssl = False
    timestamp_lifetime = _LIFETIME
    dummy_client = "nobody"

    def __init__(self, registry: Registry) -> None:
        super().__init__()
        self.registry = registry
        self.seen: dict[tuple[str, str, str], float] = {}
        self.lock = threading.Lock()

    @property
    def allowed_signature_methods(self) -> tuple[str, ...]:
        return ("HMAC-SHA256", "HMAC-SHA1")

    def check_client_key(self, client_key: str) -> bool:
        return bool(client_key)

    def check_nonce(self, nonce: str) -> bool:
        return bool(nonce)

    def validate_client_key(self, client_key: str, request: object) -> bool:
        return self.registry.owner("classlink_consumer_key", client_key) is not None

    def get_client_secret(self, client_key: str, request: object) -> str:
        owner = self.registry.owner("classlink_consumer_key", client_key)
        return self.registry.keys[owner.name].classlink_consumer_secret if owner else "no secret"

    def validate_timestamp_and_nonce(self, client_key: str, timestamp: str, nonce: str, *_more: object) -> bool:
        """Every request is signed anew: a signature that comes twice is refused."""
        now = time.time()
        with self.lock:
            if len(self.seen) > 50_000:
                self.seen = {key: when for key, when in self.seen.items() if when > now - _LIFETIME}
            return self.seen.setdefault((client_key, timestamp, nonce), now) == now


def signed(registry: Registry) -> Enter:
    """ClassLink's own hosts: every request carries a signature over its URL and all of its parameters."""
    endpoint = SignatureOnlyEndpoint(_Validator(registry))

    def enter(request: Request, _scope: str) -> Account:
        if account := getattr(request.state, "account", None):
            return account  # the proxy let it in
        header = request.headers.get("authorization", "")
        try:
            valid, asked = endpoint.validate_request(address(request), request.method, None, {"Authorization": header})
        except ValueError:  # a query that isn't escaped at all
            valid, asked = False, None
        owner = registry.owner("classlink_consumer_key", asked.client_key) if valid and asked else None
        if owner is None:
            raise Refused(401, "unauthorisedrequest", "the signature is not valid")
        return owner

    return enter


def address(request: Request) -> str:
    """The URL as it was sent, with its escapes."""
    path = request.scope["raw_path"].decode("latin-1").partition("?")[0]
    query = request.scope["query_string"].decode("latin-1")
    return f"http://{request.headers['host']}{path}{'?' if query else ''}{query}"


@dataclass(frozen=True)
class _Token:
    account: Account
    scopes: frozenset[str]
    ends: float


class Tokens:
    """The client-credentials tokens of one server; they are gone when it stops."""

    def __init__(self, registry: Registry, version: str) -> None:
        self.registry, self.version = registry, version
        self.granted: dict[str, _Token] = {}

    def grant(self, authorization: str, body: bytes) -> Response:
        """Answer a request for a token. Credentials come in a Basic header or in the body."""
        form = {name: values[0] for name, values in parse_qs(body.decode("latin-1")).items()}
        client = basic(authorization) or (form.get("client_id", ""), form.get("client_secret", ""))
        owner = self.registry.owner("oneroster_client_id", client[0])
        if owner is None or self.registry.keys[owner.name].oneroster_client_secret != client[1]:
            return _json({"error": "invalid_client"}, 401, {"WWW-Authenticate": 'Basic realm="OneRoster"'})
        if form.get("grant_type") != "client_credentials":
            return _json({"error": "unsupported_grant_type"}, 400)
        known = {scope(self.version, name) for name in _SCOPES[self.version]}
        scopes = frozenset(form.get("scope", "").split()) & known
        if not scopes:
            return _json({"error": "invalid_scope"}, 400)
        token, seconds = secrets.token_urlsafe(32), owner.behaviour.token_seconds
        self.granted[token] = _Token(owner, scopes, time.time() + seconds)
        told = {"access_token": token, "token_type": "Bearer", "expires_in": seconds, "scope": " ".join(sorted(scopes))}
        return _json(told)

    def enter(self, request: Request, needed: str) -> Account:
        """The district of a token. 401: unknown or expired. 403: without the scope."""
        kind, _, text = request.headers.get("authorization", "").partition(" ")
        token = self.granted.get(text) if kind.lower() == "bearer" else None
        if token is None or time.time() >= token.ends:
            raise Refused(401, "unauthorisedrequest", "the token is unknown or has expired")
        enough = {needed, _MORE.get(needed, needed)}
        if not token.scopes & {scope(self.version, name) for name in enough}:
            raise Refused(403, "forbidden", "the token lacks the scope")
        return token.account


def _json(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(encode(value), status, {"Cache-Control": "no-store"} | (headers or {}), "application/json")
