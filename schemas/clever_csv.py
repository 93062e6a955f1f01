"""The CSV files that a district uploads to Clever: the columns we read of them.

Headers are Clever's, in any spelling in use (School_id, School id, school_id). Contacts, passwords, phones, birth dates
and addresses are not among the columns.
"""

from __future__ import annotations

import re
from datetime import date

import pandas as pd
from pandera.pandas import Check, Column, DataFrameSchema

from schemas.columns import email, identifier, name, text

CO_TEACHERS = tuple(f"teacher_{number}_id" for number in range(2, 11))

_AMERICAN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})\b")


def iso_day(written: str) -> str:
    """Return a day in ISO form from Clever's forms: YYYY-MM-DD, M/D/YYYY, or either with a time.

    Any other text is trimmed and cut at its first "T".
    """
    written = written.strip()
    if american := _AMERICAN.match(written):
        month, day, year = american.groups()
        return f"{year}-{int(month):02}-{int(day):02}"
    return written.partition("T")[0]


def any_date() -> Column:
    """Return a column of calendar days, in any of Clever's forms."""
    column = text(required=False)
    checks = [*column.checks, Check(_are_days, error="INVALID_DATE")]
    return Column(str, checks, required=False, metadata=column.metadata)


def _are_days(values: pd.Series) -> pd.Series:
    return values.map(lambda value: value == "" or _is_day(iso_day(value))).astype(bool)


def _is_day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


SCHOOLS = DataFrameSchema(
    {"school_id": identifier("MISSING_SCHOOL_ID"), "school_name": text("MISSING_TITLE")}, name="schools.csv"
)

STUDENTS = DataFrameSchema(
    {
        "school_id": identifier("MISSING_SCHOOL_ID"),
        "student_id": identifier("MISSING_STUDENT_ID"),
        "first_name": name("MISSING_NAME"),
        "last_name": name("MISSING_NAME"),
        "grade": text(required=False),
        "student_email": email(required=False),
    },
    name="students.csv",
)

TEACHERS = DataFrameSchema(
    {
        "school_id": identifier("MISSING_SCHOOL_ID"),
        "teacher_id": identifier("MISSING_STAFF_KEY"),
        "first_name": name("MISSING_NAME"),
        "last_name": name("MISSING_NAME"),
        "teacher_email": email(required=False),
    },
    name="teachers.csv",
)

STAFF = DataFrameSchema(
    {
        "school_id": identifier(required=False),
        "staff_id": identifier("MISSING_STAFF_KEY"),
        "first_name": name("MISSING_NAME"),
        "last_name": name("MISSING_NAME"),
        "staff_email": email(required=False),
    },
    name="staff.csv",
)

SECTIONS = DataFrameSchema(
    {
        "school_id": identifier("MISSING_SCHOOL_ID"),
        "section_id": identifier("MISSING_CLASS_ID"),
        "teacher_id": identifier(),  # a section may have none yet
        **{field: identifier(required=False) for field in CO_TEACHERS},
        "name": text(required=False),
        "course_name": text(required=False),
        "course_number": identifier(required=False),
        "period": text(required=False),
        "term_name": text(required=False),
        "term_start": any_date(),
        "term_end": any_date(),
    },
    name="sections.csv",
)

ENROLLMENTS = DataFrameSchema(
    {
        "school_id": identifier(required=False),
        "section_id": identifier("MISSING_CLASS_ID"),
        "student_id": identifier("MISSING_STUDENT_ID"),
    },
    name="enrollments.csv",
)

# A file comes before the files that refer to it.
FILES = {schema.name: schema for schema in (SCHOOLS, STUDENTS, TEACHERS, STAFF, SECTIONS, ENROLLMENTS)}
OPTIONAL = frozenset({STAFF.name})
