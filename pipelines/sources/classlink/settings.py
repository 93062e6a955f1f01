"""Define a district's settings for a OneRoster service, ClassLink's or another."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from pipelines.http.retry_policy import RetryPolicy
from pipelines.settings import SourceSettings

KIND = "classlink"

_BASES = {"1.1": "ims/oneroster/v1p1", "1.2": "ims/oneroster/rostering/v1p2"}


class Settings(SourceSettings):
    """Where the service is, and how to authenticate.

    The connection's host is the host of the service or the proxy. oauth1: login and password are the consumer key and
    secret. client_credentials: login and password are the client's id and secret. proxy: the password is the partner's
    API key, which looks up the district's bearer. Or the extra holds the bearer as `bearer_token`, and `application:`
    names its application.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    auth: Literal["oauth1", "proxy", "client_credentials"] = "oauth1"
    signature: Literal["HMAC-SHA256", "HMAC-SHA1"] = "HMAC-SHA256"  # oauth1
    application: str = ""  # proxy: the oneroster_application_id as ClassLink writes it; needed if there are several
    token_url: str = ""  # client_credentials; the default is /token at the host
    scopes: tuple[str, ...] = ()  # client_credentials; the default is the version's roster-core.readonly
    version: Literal["1.1", "1.2"] = "1.1"  # ClassLink uses 1.1's path even where it says 1.2
    base_path: str = ""  # set this if the service's path differs from the version's usual path
    page_rows: int = Field(default=5_000, ge=1, le=50_000)  # ClassLink's largest page has 10,000
    retry_policy: RetryPolicy = RetryPolicy()

    @property
    def path(self) -> str:
        """Return the path of the rostering service."""
        return self.base_path.strip("/") or _BASES[self.version]

    @property
    def asked_scopes(self) -> str:
        """Return the scopes that a token request names."""
        version = self.version.replace(".", "p")
        usual = f"https://purl.imsglobal.org/spec/or/v{version}/scope/roster-core.readonly"
        return " ".join(self.scopes) or usual
