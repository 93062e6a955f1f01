"""What OneRoster's rows look like, in our words; also the fields that filter, sort and fields may name."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Truth = Literal["true", "false"]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Reference(_Shape):
    href: str
    sourcedId: str  # noqa: N815 - the standard's name, here and below
    type: Literal["academicSession", "category", "class", "course", "lineItem", "org", "user"]


class _Row(_Shape):
    sourcedId: str  # noqa: N815
    status: Literal["active", "tobedeleted"]
    dateLastModified: str = Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")  # noqa: N815


class Org(_Row):
    name: str
    type: Literal["department", "school", "district", "local", "state", "national"]
    identifier: str
    parent: Reference | None = None
    children: list[Reference] = []


class AcademicSession(_Row):
    title: str
    type: Literal["gradingPeriod", "semester", "schoolYear", "term"]
    startDate: str  # noqa: N815
    endDate: str  # noqa: N815
    parent: Reference | None = None
    children: list[Reference] = []
    schoolYear: str = Field(pattern=r"^\d{4}$")  # noqa: N815


class Course(_Row):
    title: str
    schoolYear: Reference | None = None  # noqa: N815
    courseCode: str  # noqa: N815
    grades: list[str]
    subjects: list[str]
    org: Reference
    subjectCodes: list[str]  # noqa: N815


class Class(_Row):
    title: str
    classCode: str  # noqa: N815
    classType: Literal["homeroom", "scheduled"]  # noqa: N815
    location: str = ""
    grades: list[str]
    subjects: list[str]
    course: Reference
    school: Reference
    terms: list[Reference] = Field(min_length=1)
    subjectCodes: list[str]  # noqa: N815
    periods: list[str]


class UserId(_Shape):
    type: str
    identifier: str


class Role(_Shape):
    roleType: Literal["primary", "secondary"]  # noqa: N815
    role: str
    org: Reference


class User(_Row):
    """Both shapes of roles; one of them is there."""

    username: str
    userIds: list[UserId]  # noqa: N815
    enabledUser: Truth  # noqa: N815
    givenName: str  # noqa: N815
    familyName: str  # noqa: N815
    middleName: str  # noqa: N815
    role: str | None = None
    orgs: list[Reference] | None = None
    roles: list[Role] | None = None
    primaryOrg: Reference | None = None  # noqa: N815
    identifier: str
    email: str
    sms: str
    phone: str
    agents: list[Reference]
    grades: list[str]
    password: str


class Enrollment(_Row):
    user: Reference
    class_: Reference = Field(alias="class")
    school: Reference
    role: Literal["administrator", "proctor", "student", "teacher"]
    primary: Truth
    beginDate: str  # noqa: N815
    endDate: str  # noqa: N815


class Demographics(_Row):
    birthDate: str  # noqa: N815
    sex: Literal["male", "female"]
    white: Truth
    asian: Truth
    blackOrAfricanAmerican: Truth  # noqa: N815
    americanIndianOrAlaskaNative: Truth  # noqa: N815
    nativeHawaiianOrOtherPacificIslander: Truth  # noqa: N815
    demographicRaceTwoOrMoreRaces: Truth  # noqa: N815
    hispanicOrLatinoEthnicity: Truth  # noqa: N815
    countryOfBirthCode: str = ""  # noqa: N815
    stateOfBirthAbbreviation: str = ""  # noqa: N815
    cityOfBirth: str = ""  # noqa: N815
    publicSchoolResidenceStatus: str = ""  # noqa: N815


class Category(_Row):
    title: str


class LineItem(_Row):
    """Of both versions: 1.1 has a grading period, 1.2 a school and a session."""

    title: str
    description: str = ""
    assignDate: str  # noqa: N815
    dueDate: str  # noqa: N815
    class_: Reference = Field(alias="class")
    school: Reference | None = None
    category: Reference
    gradingPeriod: Reference | None = None  # noqa: N815
    academicSession: Reference | None = None  # noqa: N815
    resultValueMin: float  # noqa: N815
    resultValueMax: float  # noqa: N815


class Result(_Row):
    lineItem: Reference  # noqa: N815
    student: Reference
    class_: Reference | None = Field(None, alias="class")
    scoreStatus: Literal["exempt", "fully graded", "not submitted", "partially graded", "submitted"]  # noqa: N815
    score: float | Literal[""] | None = None
    scoreDate: str  # noqa: N815
    comment: str = ""


ROWS: dict[str, type[_Row]] = {
    "orgs": Org,
    "academicSessions": AcademicSession,
    "courses": Course,
    "classes": Class,
    "users": User,
    "enrollments": Enrollment,
    "demographics": Demographics,
    "categories": Category,
    "lineItems": LineItem,
    "results": Result,
}


def fields(kind: str) -> frozenset[str]:
    """The names a query may use of a kind of row."""
    return frozenset(field.alias or name for name, field in ROWS[kind].model_fields.items())
