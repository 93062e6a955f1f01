"""What Canvas's records look like, in our words. SIS ids and emails are there for those who may read them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    id: int


class Term(_Shape):
    name: str
    start_at: str | None
    end_at: str | None
    workflow_state: str
    sis_term_id: str | None = None


class Course(_Shape):
    name: str
    course_code: str
    account_id: int
    root_account_id: int
    enrollment_term_id: int
    start_at: str | None
    end_at: str | None
    time_zone: str
    workflow_state: str
    default_view: str
    integration_id: str | None
    restrict_enrollments_to_course_dates: bool
    sis_course_id: str | None = None


class Section(_Shape):
    course_id: int
    name: str
    start_at: str | None
    end_at: str | None
    restrict_enrollments_to_section_dates: bool | None
    nonxlist_course_id: int | None
    integration_id: str | None
    sis_section_id: str | None = None
    sis_course_id: str | None = None


class Enrollment(_Shape):
    user_id: int
    course_id: int
    course_section_id: int
    type: Literal["StudentEnrollment", "TeacherEnrollment"]
    role: str
    role_id: int
    root_account_id: int
    enrollment_state: Literal["active", "invited", "rejected", "completed", "inactive", "deleted"]
    limit_privileges_to_course_section: bool
    associated_user_id: int | None
    start_at: str | None
    end_at: str | None
    last_attended_at: str | None
    html_url: str
    grades: dict[str, str | None] | None = None
    sis_account_id: str | None = None
    sis_course_id: str | None = None
    sis_section_id: str | None = None
    sis_user_id: str | None = None


class User(_Shape):
    name: str
    sortable_name: str
    short_name: str
    login_id: str
    integration_id: str | None
    sis_user_id: str | None = None
    email: str | None = None
    enrollments: list[Enrollment] | None = None
