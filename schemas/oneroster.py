"""OneRoster 1.1 and 1.2: the columns we read of its CSV files, and the shape into which API records are converted.

Passwords, phones, agents and demographics are not among the columns.
"""

from __future__ import annotations

from pandera.pandas import DataFrameSchema

from schemas.columns import email, identifier, iso_date, name, text
from schemas.roles import role

ORGS = DataFrameSchema(
    {
        "sourcedId": identifier("MISSING_ID"),
        "name": text("MISSING_TITLE"),
        "type": text(),
        "identifier": identifier(required=False),
        "parentSourcedId": identifier(required=False),
    },
    name="orgs.csv",
)

SESSIONS = DataFrameSchema(
    {
        "sourcedId": identifier("MISSING_ID"),
        "title": text(),  # Clever does not guarantee a title; a term without one is named by its id
        "identifier": identifier(required=False),  # the district's own id, where an API issues its own ids; so below
        "startDate": iso_date(),
        "endDate": iso_date(),
    },
    name="academicSessions.csv",
)

COURSES = DataFrameSchema(
    {
        "sourcedId": identifier("MISSING_ID"),
        "title": text(),
        "identifier": identifier(required=False),
        "courseCode": text(required=False),
        "orgSourcedId": identifier(required=False),  # Clever's courses have no school
    },
    name="courses.csv",
)

CLASSES = DataFrameSchema(
    {
        "sourcedId": identifier("MISSING_CLASS_ID"),
        "title": text(),  # whole districts leave it empty
        "identifier": identifier(required=False),
        "schoolSourcedId": identifier("MISSING_SCHOOL_ID"),
        "termSourcedIds": text(required=False),  # several ids in one cell, so not an identifier
        "courseSourcedId": identifier(required=False),
        "periods": text(required=False),
    },
    name="classes.csv",
)

USERS = DataFrameSchema(
    {
        "sourcedId": identifier("MISSING_ID"),
        "givenName": name("MISSING_NAME"),
        "familyName": name("MISSING_NAME"),
        "email": email(required=False),
        "username": text(required=False),  # often the sign-in address
        "identifier": identifier(required=False),
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
        "primary": text(required=False),
        "beginDate": iso_date(),
        "endDate": iso_date(),
    },
    name="enrollments.csv",
)

# A file comes before the files that refer to it.
FILES = {schema.name: schema for schema in (ORGS, SESSIONS, COURSES, CLASSES, USERS, ROLES, ENROLLMENTS)}
OPTIONAL = frozenset({SESSIONS.name, COURSES.name, ROLES.name})
