"""What Clever's responses look like, in our words. An optional value is missing, null or an empty text."""

from __future__ import annotations

from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")
Time = str
Truth = Literal["Y", "N", ""]
_ID = r"^[0-9a-f]{24}$"


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Record(_Shape):
    id: str = Field(pattern=_ID)
    district: str = Field(pattern=_ID)


class Link(_Shape):
    rel: str
    uri: str


class Row(_Shape, Generic[T]):
    data: T
    uri: str


class Page(_Shape, Generic[T]):
    """A list: every row is wrapped once more."""

    data: list[Row[T]]
    links: list[Link]


class Name(_Shape):
    first: str | None = None
    middle: str | None = None
    last: str | None = None


class Place(_Shape):
    address: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None


class SchoolEnrollment(_Shape):
    school: str
    start_date: str
    end_date: str


class Student(_Shape):
    legacy_id: str
    sis_id: str
    student_number: str | None = None
    state_id: str | None = None
    school: str
    schools: list[str]
    enrollments: list[SchoolEnrollment]
    grade: str | None = None
    graduation_year: str | None = None
    gender: Literal["M", "F", "X", ""] | None = None
    dob: str | None = Field(None, pattern=r"^\d{1,2}/\d{1,2}/\d{4}$")
    race: str | None = None
    hispanic_ethnicity: Truth | None = None
    ell_status: Truth | None = None
    location: Place | None = None
    credentials: dict[str, str] | None = None
    ext: dict[str, Any] = {}
    frl_status: str | None = None
    gifted_status: Truth | None = None
    section_504_status: Truth | None = None
    home_language: str | None = None


class Teacher(_Shape):
    legacy_id: str
    sis_id: str
    teacher_number: str | None = None
    title: str | None = None
    school: str
    schools: list[str]
    credentials: dict[str, str] | None = None


class Staff(_Shape):
    legacy_id: str
    staff_id: str
    title: str | None = None
    department: str | None = None
    roles: list[Literal["PortalOnly", "SchoolTechLead"]]
    schools: list[str]


class DistrictAdmin(_Shape):
    legacy_id: str
    title: str | None = None


class Relationship(_Shape):
    student: str
    relationship: str | None = None
    type: str | None = None


class Contact(_Shape):
    legacy_id: str
    sis_id: str | None = None
    phone: str | None = None
    phone_type: Literal["Cell", "Home", "Work", "Other", ""] | None = None
    student_relationships: list[Relationship] = Field(min_length=1)


class Roles(_Shape):
    """An object by role, not a list."""

    student: Student | None = None
    teacher: Teacher | None = None
    staff: Staff | None = None
    district_admin: DistrictAdmin | None = None
    contact: Contact | None = None


class User(_Record):
    name: Name
    email: str | None = None
    created: Time
    last_modified: Time
    lms_status: dict[str, bool] | None = None
    roles: Roles


class Section(_Record):
    school: str
    course: str | None = None
    term_id: str | None = None
    name: str
    sis_id: str
    section_number: str | None = None
    period: str | None = None
    subject: str | None = None
    grade: str | None = None
    teacher: str | None = None
    teachers: list[str]
    students: list[str]
    created: Time
    last_modified: Time
    lms_status: dict[str, bool] | None = None
    ext: dict[str, Any] = {}


class School(_Record):
    name: str
    sis_id: str
    school_number: str
    state_id: str | None = None
    mdr_number: str | None = None
    nces_id: str | None = None
    phone: str | None = None
    low_grade: str | None = None
    high_grade: str | None = None
    principal: dict[str, str] | None = None
    location: Place | None = None
    created: Time
    last_modified: Time
    ext: dict[str, Any] = {}


class Course(_Record):
    name: str | None = None
    number: str | None = None


class Term(_Record):
    name: str | None = None
    start_date: str | None = None
    end_date: str | None = None


class Changed(_Shape):
    object: dict[str, Any]
    previous_attributes: dict[str, Any] | None = None


class Event(_Shape):
    id: str = Field(pattern=_ID)
    type: str = Field(
        pattern=r"^(districts|schools|terms|courses|resources|sections|users)\.(created|updated|deleted)$"
    )
    created: Time
    data: Changed
    previous_attributes: dict[str, Any] | None = None


RECORDS: dict[str, type[BaseModel]] = {
    "users": User,
    "sections": Section,
    "schools": School,
    "courses": Course,
    "terms": Term,
    "events": Event,
}
