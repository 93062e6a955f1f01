"""Microsoft School Data Sync v2.1: the files we read. Passwords, phones and demographics are not among the columns."""

from __future__ import annotations

from pandera.pandas import DataFrameSchema

from schemas.columns import email, identifier, iso_date, name, text
from schemas.roles import role

ORGS = DataFrameSchema(
    {
        "sourcedId": identifier("MISSING_ID"),
        "name": text("MISSING_TITLE"),
        "type": text(),
        "parentSourcedId": identifier(required=False),
    },
    name="orgs.csv",
)

SESSIONS = DataFrameSchema(
    {
        "sourcedId": identifier("MISSING_ID"),
        "title": text("MISSING_TITLE"),
        "startDate": iso_date(),
        "endDate": iso_date(),
    },
    name="academicSessions.csv",
)

COURSES = DataFrameSchema(
    {
        "sourcedId": identifier("MISSING_ID"),
        "orgSourcedId": identifier(),
        "title": text("MISSING_TITLE"),
        "code": text(required=False),
    },
    name="courses.csv",
)

CLASSES = DataFrameSchema(
    {
        "sourcedId": identifier("MISSING_CLASS_ID"),
        "orgSourcedId": identifier("MISSING_SCHOOL_ID"),
        "title": text("MISSING_TITLE"),
        "sessionSourcedIds": text(required=False),  # several ids in one cell, so not an identifier
        "courseSourcedId": identifier(required=False),
    },
    name="classes.csv",
)

USERS = DataFrameSchema(
    {
        "sourcedId": identifier("MISSING_ID"),
        "givenName": name("MISSING_NAME"),
        "familyName": name("MISSING_NAME"),
        "email": email(required=False),
        "username": text(required=False),  # often the sign-in address, in exports without an email column
    },
    name="users.csv",
)

ROLES = DataFrameSchema(
    {
        "userSourcedId": identifier("MISSING_ID"),
        "orgSourcedId": identifier("MISSING_SCHOOL_ID"),
        "role": role("INVALID_ROLE"),
        "grade": text(required=False),
        "isPrimary": text(required=False),
    },
    name="roles.csv",
)

ENROLLMENTS = DataFrameSchema(
    {
        "classSourcedId": identifier("MISSING_CLASS_ID"),
        "userSourcedId": identifier("MISSING_ID"),
        "role": role("INVALID_ROLE"),
    },
    name="enrollments.csv",
)

# A file comes before the files that refer to it.
FILES = {schema.name: schema for schema in (ORGS, SESSIONS, COURSES, CLASSES, USERS, ROLES, ENROLLMENTS)}
OPTIONAL = frozenset({SESSIONS.name, COURSES.name})
