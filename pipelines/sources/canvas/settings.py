"""What a district's settings say about Canvas."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints

from pipelines.http.retry_policy import RetryPolicy
from pipelines.settings import SourceSettings

KIND = "canvas"

# Canvas's own number, of another shard with its prefix, or the SIS's id.
Reference = Annotated[str, BeforeValidator(str), StringConstraints(pattern=r"^(\d+(~\d+)?|sis_course_id:\S+)$")]
AccountReference = Annotated[
    str, BeforeValidator(str), StringConstraints(pattern=r"^(self|\d+(~\d+)?|sis_account_id:\S+)$")
]


class Settings(SourceSettings):
    """Whose courses are read. The connection's host is Canvas's address, its password an access token."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    courses: Literal["all"] | tuple[Reference, ...] = "all"  # all of the account's needs an administrator's token
    account: AccountReference = "self"  # whose courses all are; self: the whole of Canvas that the token is for
    course: Reference | None = None  # one course, asked for by hand (rollbook sync --course); not for the file
    page_rows: int = Field(default=100, ge=1, le=100)  # Canvas gives no more
    retry_policy: RetryPolicy = RetryPolicy()
