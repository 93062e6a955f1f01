"""The combined layout: one row per student and class, all of a night in one file (GC-02)."""

from __future__ import annotations

from pandera.pandas import DataFrameSchema

from schemas.columns import email, identifier, iso_date, name, text

COMBINED = DataFrameSchema(
    {
        "term": text("MISSING_TERM"),
        "school_id": identifier("MISSING_SCHOOL_ID"),
        "class_name": text("MISSING_TITLE"),
        "class_id": identifier("MISSING_CLASS_ID"),
        "class_period": text(),
        "student_first": name("MISSING_NAME"),
        "student_last": name("MISSING_NAME"),
        "student_id": identifier("MISSING_STUDENT_ID"),
        # A row may name no teacher. A named teacher needs a name and an id or an email, which one column can't check.
        "teacher_first": name(),
        "teacher_last": name(),
        "teacher_email": email(),
        "teacher_id": identifier(required=False),
        "student_email": email(required=False),
        "student_grade": text(required=False),
        "course_id": identifier(required=False),
        "course_name": text(required=False),
        "school_name": text(required=False),
        "term_start": iso_date(),
        "term_end": iso_date(),
        "co_teacher_first": name(required=False),
        "co_teacher_last": name(required=False),
        "co_teacher_email": email(required=False),
        "co_teacher_id": identifier(required=False),
    },
    name="combined",
)
