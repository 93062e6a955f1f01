"""Authenticate by OAuth 2 client credentials: a new token is fetched before the old one expires."""

from __future__ import annotations

from time import monotonic

from requests import PreparedRequest
from requests.auth import AuthBase, HTTPBasicAuth

from pipelines.errors import CredentialsRefused, SourceUnavailable
from pipelines.http.client import Client
from pipelines.http.retry_policy import RetryPolicy

_MARGIN = 60  # a token is replaced this many seconds before its end, or after 80 % of a short lifetime
_USUAL = 3600  # seconds; the lifetime if the endpoint does not state one
_KNOWN = frozenset(
    {"invalid_client", "invalid_grant", "invalid_request", "invalid_scope", "unauthorized_client"}
    | {"unsupported_grant_type"}
)


class Granted(AuthBase):
    """A bearer token that fetches its successor."""

    def __init__(self, url: str, client: tuple[str, str], scopes: str, retry_policy: RetryPolicy) -> None:
        self._url, self._client, self._scopes, self._retry_policy = url, client, scopes, retry_policy
        self._token, self._until = "", 0.0

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Add the token to a request; if it is about to expire, fetch a new one first.

        Raises CredentialsRefused, or SourceUnavailable if the endpoint gives no token.
        """
        if not self._token or monotonic() >= self._until:
            self._renew()
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def again(self) -> Granted:
        """Return a new object for the same client, to replace a token that was refused before its end."""
        return Granted(self._url, self._client, self._scopes, self._retry_policy)

    def _renew(self) -> None:
        form = {"grant_type": "client_credentials", "scope": self._scopes}
        with Client("the token endpoint", self._url, HTTPBasicAuth(*self._client), self._retry_policy) as api:
            answer = api.post(self._url, form, expected={400})
        reply = answer.document if isinstance(answer.document, dict) else {}
        if answer.status == 400:
            why = reply.get("error") if reply.get("error") in _KNOWN else "status 400"
            raise CredentialsRefused(
                f"the token endpoint refused Rollbook ({why})", fix="correct the connection, or scopes: in the settings"
            )
        token, seconds = reply.get("access_token"), _seconds(reply.get("expires_in"))
        if not isinstance(token, str) or not token:
            raise SourceUnavailable(
                "the token endpoint returned no token", fix="nothing; if the error stays, ask the vendor"
            )
        self._token, self._until = token, monotonic() + max(seconds - _MARGIN, seconds * 0.8)


def _seconds(lifetime: object) -> float:
    try:
        return float(str(lifetime))
    except ValueError:
        return _USUAL
