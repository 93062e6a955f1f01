"""Sign requests by two-legged OAuth 1.0a: oauthlib signs each request with all its parameters (RFC 5849)."""

from __future__ import annotations

from oauthlib.oauth1 import Client
from requests import PreparedRequest
from requests.auth import AuthBase


class Signed(AuthBase):
    """A consumer's signature in the Authorization header. Without a token, the signing key is the secret and `&`."""

    def __init__(self, key: str, secret: str, method: str) -> None:
        self._key, self._secret, self._method = key, secret, method

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Sign a request."""
        request.headers["Authorization"] = self.header(str(request.url), str(request.method))
        return request

    def header(self, url: str, verb: str = "GET", **fixed: str) -> str:
        """Return the header of one request; `fixed` may hold its timestamp and nonce."""
        client = Client(self._key, client_secret=self._secret, signature_method=self._method, **fixed)
        _, headers, _ = client.sign(url, http_method=verb)
        return str(headers["Authorization"])
