"""What a district's settings say about a OneRoster service, ClassLink's or another's."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from pipelines.http.retry_policy import RetryPolicy
from pipelines.settings import SourceSettings

KIND = "classlink"

_BASES = {"1.1": "ims/oneroster/v1p1", "1.2": "ims/oneroster/rostering/v1p2"}


class Settings(SourceSettings):
    """Where the service is asked, and how one is let in.

    The connection's host is the service's, or the proxy's. oauth1: login and password are the consumer key and secret.
    client_credentials: those of the client. proxy: the password is the partner's API key, by which the district's
    bearer is looked up; or the extra holds it as `bearer_token`, and `application:` says whose it is.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    auth: Literal["oauth1", "proxy", "client_credentials"] = "oauth1"
    signature: Literal["HMAC-SHA256", "HMAC-SHA1"] = "HMAC-SHA256"  # oauth1
    application: str = ""  # proxy: the oneroster_application_id, as it is told; needed where there are several
    token_url: str = ""  # client_credentials; by default /token at the host
    scopes: tuple[str, ...] = ()  # client_credentials; by default the version's roster-core.readonly
    version: Literal["1.1", "1.2"] = "1.1"  # ClassLink answers by 1.1's path even where it says 1.2
    base_path: str = ""  # where the version's usual path is not the service's
    page_rows: int = Field(default=5_000, ge=1, le=50_000)  # ClassLink gives 10,000 at most
    retry_policy: RetryPolicy = RetryPolicy()

    @property
    def path(self) -> str:
        """The path of the rostering service."""
        return self.base_path.strip("/") or _BASES[self.version]

    @property
    def asked_scopes(self) -> str:
        """The scopes that a token is asked for."""
        version = self.version.replace(".", "p")
        usual = f"https://purl.imsglobal.org/spec/or/v{version}/scope/roster-core.readonly"
        return " ".join(self.scopes) or usual
