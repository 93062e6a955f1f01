"""Turn Clever's records into rows of the relational layout.

An optional value arrives missing, null or empty; each of these becomes "". Passwords, phones, birth dates, addresses
and contacts are not read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from schemas.clever_csv import iso_day

Record = Mapping[str, Any]
Row = tuple[str, ...]

FIELDS: dict[str, tuple[str, ...]] = {
    "orgs": ("sourcedId", "name", "type", "identifier"),
    "academicSessions": ("sourcedId", "title", "identifier", "startDate", "endDate"),
    "courses": ("sourcedId", "title", "identifier", "courseCode"),
    "classes": ("sourcedId", "identifier", "title", "schoolSourcedId", "termSourcedIds", "courseSourcedId", "periods"),
    "enrollments": ("classSourcedId", "userSourcedId", "role", "primary"),
    "users": ("sourcedId", "givenName", "familyName", "email", "username", "identifier"),
    "roles": ("userSourcedId", "orgSourcedId", "role", "grade", "isPrimary"),
}
# A district administrator has no school and is never created (CK-17); a contact is not a user.
ROLES = {"teacher": "sis_id", "staff": "staff_id", "student": "sis_id"}  # role -> field with the district's own id


def rows_of(collection: str, record: Record) -> Iterator[tuple[str, Row]]:
    """Yield a record's rows, each with the name of its table."""
    return _READERS[collection](record)


def text(value: object) -> str:
    """Return an optional value as text: a string as it is, a number as text, anything else as ""."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def day(value: object) -> str:
    """Return a day as an ISO date; Clever writes days in several formats."""
    return iso_day(text(value))


def _read_school(record: Record) -> Iterator[tuple[str, Row]]:
    number = text(record.get("sis_id")) or text(record.get("school_number"))
    yield "orgs", (record["id"], text(record.get("name")), "school", number)


def _read_term(record: Record) -> Iterator[tuple[str, Row]]:
    days = (day(record.get("start_date")), day(record.get("end_date")))
    title = text(record.get("name"))  # the district has no other identifier for a term
    yield "academicSessions", (record["id"], title, title, *days)


def _read_course(record: Record) -> Iterator[tuple[str, Row]]:
    number = text(record.get("number"))  # Clever derives a course from its number, or from its name if it has none
    yield "courses", (record["id"], text(record.get("name")), number, number)


def _read_section(record: Record) -> Iterator[tuple[str, Row]]:
    """Yield a section and its enrollments: Clever has no enrollments but a section's lists of people."""
    key = record["id"]
    refers = (text(record.get(name)) for name in ("sis_id", "name", "school", "term_id", "course", "period"))
    yield "classes", (key, *refers)
    primary = text(record.get("teacher"))
    for teacher in _once([primary, *_list(record.get("teachers"))]):
        yield "enrollments", (key, teacher, "teacher", "true" if teacher == primary else "false")
    for student in _once(_list(record.get("students"))):
        yield "enrollments", (key, student, "student", "")


def _read_user(record: Record) -> Iterator[tuple[str, Row]]:
    """Yield a user once, and a row for every role at each of its schools.

    The key is Clever's id: some users lack an email, a SIS id or a legacy id, and these are not unique.
    """
    key, name = record["id"], _object(record.get("name"))
    written = record.get("roles")
    roles = {role: _object(_object(written).get(role)) for role in ROLES if role in _object(written)}
    issued = (text(of.get(ROLES[role])) for role, of in roles.items())
    logins = (text(_object(of.get("credentials")).get("district_username")) for of in roles.values())
    names = (text(name.get("first")), text(name.get("last")), text(record.get("email")))
    yield "users", (key, *names, next(filter(None, logins), ""), next(filter(None, issued), ""))
    for role, of in roles.items():
        primary = text(of.get("school"))
        for school in _once([primary, *_list(of.get("schools"))]):
            yield "roles", (key, school, role, text(of.get("grade")), "true" if school == primary else "false")
    if not isinstance(written, dict):
        # A user whose roles we may no longer see still exists, so the row must not disappear.
        yield "roles", (key, "", "", "", "")


def _list(value: object) -> list[str]:
    return [text(item) for item in value] if isinstance(value, list) else []


def _object(value: object) -> Record:
    return value if isinstance(value, dict) else {}


def _once(values: list[str]) -> list[str]:
    return [value for value in dict.fromkeys(values) if value]


_READERS: dict[str, Callable[[Record], Iterator[tuple[str, Row]]]] = {
    "schools": _read_school,
    "terms": _read_term,
    "courses": _read_course,
    "sections": _read_section,
    "users": _read_user,
}
