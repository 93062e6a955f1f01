"""Define a district's settings for Clever."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from pipelines.http.retry_policy import RetryPolicy
from pipelines.settings import SourceSettings

KIND = "clever"

CleverId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{24}$")]


class Settings(SourceSettings):
    """Which roster is read, and how.

    The connection's login and password are the app's client id and secret. Its host is the API's host (api.clever.com
    by default). Its extra may name a `token_host` (clever.com by default).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    clever_district_id: CleverId  # the token is looked up by this id, so rotations don't matter
    version: Literal["v3.0", "v3.1"] = "v3.0"  # Clever grants v3.1 app by app
    contacts: bool = False  # also land the guardians' pages; guardians never become users
    events: bool = False  # between full reads, read only what has changed
    full_read_days: int = Field(default=7, ge=1, le=7)  # with events: days between full reads
    page_rows: int = Field(default=10_000, ge=1, le=10_000)
    stale_days: float = Field(default=2, gt=0, le=366)  # days since Clever's last import, after which a warning appears
    retry_policy: RetryPolicy = RetryPolicy()
