"""The staff-only and student-only layouts: the combined layout's names, one row per person and school (GC-09)."""

from __future__ import annotations

from pandera.pandas import DataFrameSchema

from schemas.columns import email, identifier, name, text
from schemas.roles import role

STAFF = DataFrameSchema(
    {
        "school_id": identifier("MISSING_SCHOOL_ID"),
        "teacher_first": name("MISSING_NAME"),
        "teacher_last": name("MISSING_NAME"),
        # Either the email or the id must be there (GC-13), which one column can't check.
        "teacher_email": email(),
        "teacher_id": identifier(required=False),
        "teacher_role": role(required=False),
        "school_name": text(required=False),
    },
    name="staff",
)

STUDENTS = DataFrameSchema(
    {
        "school_id": identifier("MISSING_SCHOOL_ID"),
        "student_first": name("MISSING_NAME"),
        "student_last": name("MISSING_NAME"),
        "student_id": identifier("MISSING_STUDENT_ID"),
        "student_email": email(required=False),
        "student_grade": text(required=False),
        "school_name": text(required=False),
    },
    name="students",
)
