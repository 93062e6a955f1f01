"""Define a district's settings for Canvas."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints

from pipelines.http.retry_policy import RetryPolicy
from pipelines.settings import SourceSettings

KIND = "canvas"

# Canvas's own number, a number with the prefix of another shard, or the SIS's id.
Reference = Annotated[str, BeforeValidator(str), StringConstraints(pattern=r"^(\d+(~\d+)?|sis_course_id:\S+)$")]
AccountReference = Annotated[
    str, BeforeValidator(str), StringConstraints(pattern=r"^(self|\d+(~\d+)?|sis_account_id:\S+)$")
]


class Settings(SourceSettings):
    """Which courses are read. The connection's host is Canvas's address, its password is an access token."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    courses: Literal["all"] | tuple[Reference, ...] = "all"  # "all" needs an administrator's token
    account: AccountReference = "self"  # the account whose courses "all" means; self: all of the token's Canvas
    course: Reference | None = None  # one course, given by hand (rollbook sync --course); not for the settings file
    page_rows: int = Field(default=100, ge=1, le=100)  # 100 is Canvas's largest page
    retry_policy: RetryPolicy = RetryPolicy()
