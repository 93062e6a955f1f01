"""What a district's settings say about Clever."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from pipelines.http.retry_policy import RetryPolicy
from pipelines.settings import SourceSettings

KIND = "clever"

CleverId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{24}$")]


class Settings(SourceSettings):
    """Whose roster it is, and how it is read.

    The connection's login and password are the app's client id and secret. Its host is the API's (api.clever.com by
    default), its extra may name a `token_host` (clever.com by default).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    clever_district_id: CleverId  # a token is looked up by it, so it outlives every rotation
    version: Literal["v3.0", "v3.1"] = "v3.0"  # Clever grants v3.1 app by app
    contacts: bool = False  # land the guardians' pages as well; they never become users
    events: bool = False  # between full reads, ask for what has changed only
    full_read_days: int = Field(default=7, ge=1, le=7)  # with events: everything is read again this often
    page_rows: int = Field(default=10_000, ge=1, le=10_000)
    stale_days: float = Field(default=2, gt=0, le=366)  # since Clever's own last import
    retry_policy: RetryPolicy = RetryPolicy()
