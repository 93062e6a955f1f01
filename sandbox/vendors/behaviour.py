"""How a vendor behaves where vendors, versions and districts differ. Each district has its own."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Period(BaseModel):
    """A grading period, up to and including its last day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ends: date
    closed: bool = False


class Behaviour(BaseModel):
    """Defaults are the most usual; none of them is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    contacts: bool = True  # guardians are shared
    withdrawn_users: int = Field(0, ge=0)  # students missing from the users while sections still name them

    clever_dates: Literal["date", "datetime"] = "date"  # of terms and school enrollments
    clever_events: bool = True  # off: nothing is written into the feed
    clever_previous: Literal["inside", "beside"] = "inside"  # where an event keeps previous_attributes
    clever_rate_limit: int = Field(1200, ge=1)  # requests per minute and token
    clever_state: Literal["success", "running", "pending", "error", "paused"] = "success"
    clever_authorized: bool = True  # off: the district's token is gone
    classes_without_teacher: int = Field(0, ge=0)  # sections whose teacher is null

    oneroster_roles: Literal["usual", "role", "roles", "both"] = "usual"  # usual: role in 1.1, roles in 1.2
    oneroster_tombstones: bool = False  # withdrawn rows stay, as tobedeleted
    oneroster_max_limit: int = Field(10_000, ge=1)  # a larger limit is cut to this
    oneroster_counts: bool = True  # x-total-count and x-count
    oneroster_links: bool = True  # Link
    oneroster_permitted: bool = True  # off: every collection is empty, with 200
    oneroster_gradebook: bool = False  # on: results, line items and categories are shared
    token_seconds: int = Field(3600, ge=0)  # life of an OAuth 2 token

    canvas_forbidden: Literal[403, 401] = 403  # older hosts say 401
    canvas_throttled: Literal[403, 429] = 403  # newer hosts say 429
    canvas_per_page: int = Field(100, ge=1)  # the most rows a page has
    canvas_pages: Literal["number", "bookmark"] = "number"
    canvas_throttle: bool = True
    canvas_sis_ids: bool = True  # off: the token may not read SIS ids
    canvas_emails: bool = True  # off: the token may not read emails
    canvas_other_emails: int = Field(0, ge=0)  # so many students have another email here than at the SIS

    canvas_may_grade: bool = True  # off: the token may neither make columns nor grade
    canvas_manage_sis: bool = False  # off: ids of a SIS in what one sends are dropped without a word
    canvas_administrator: bool = False  # closed grading periods don't bind an administrator, who also sees more seats
    canvas_limited_sections: tuple[int, ...] = ()  # the only sections that the token's owner sees
    canvas_grading_periods: tuple[Period, ...] = ()  # in order; an undated column belongs to the last
    canvas_late_percent: float = Field(0, ge=0, le=100)  # what lateness costs in columns that expect a submission
    canvas_job_polls: int = Field(0, ge=0)  # so often a bulk update is found pending; it runs when it no longer is
    canvas_job_seconds: float = Field(0, ge=0)  # it runs so much later than it was asked for

    def but(self, **changes: Any) -> Behaviour:
        """The same with some things otherwise; unknown names and values are refused."""
        return Behaviour.model_validate(self.model_dump() | changes)
