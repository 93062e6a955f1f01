"""The homerooms layout: one row per student, with the class that the student begins the day in."""

from __future__ import annotations

from pandera.pandas import DataFrameSchema

from schemas.columns import identifier, name, text

HOMEROOMS = DataFrameSchema(
    {
        "term": text("MISSING_TERM"),
        "school_id": identifier("MISSING_SCHOOL_ID"),
        "homeroom": identifier("MISSING_CLASS_ID"),
        "student_first": name("MISSING_NAME"),
        "student_last": name("MISSING_NAME"),
        "student_id": identifier("MISSING_STUDENT_ID"),
    },
    name="homerooms",
)
