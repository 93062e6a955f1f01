"""Define the homerooms layout: every line names a term, a school, a class and a student."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from pipelines.sources.assertions import ROLES, Assertion, Assertions, Belonging, Link, Part
from pipelines.sources.layouts.people import STUDENT_FIELDS, assert_students

COVERS = frozenset({"classes", "users:student", "enrollments:student"})


def conform(parts: Mapping[str, Part]) -> Assertions:
    """Return the assertions of the lines: a line defines everything that it names."""
    part = parts[""]
    school, term, homeroom, student = (part.column(name) for name in ("school_id", "term", "homeroom", "student_id"))
    texts = {("student", attribute): part.column(field).values for attribute, field in STUDENT_FIELDS.items()}
    role = np.broadcast_to(np.int8(ROLES.index("student")), part.size)
    no = np.broadcast_to(np.False_, part.size)
    return Assertions(
        keys={
            "schools": school.values,
            "terms": term.values,
            "courses": pa.array([], pa.string()),
            "classes": homeroom.values,
            "student": student.values,
        },
        values=texts,
        assertions=(
            Assertion("schools", part.start, school.codes, columns={"key": "school_id"}, soft=True),
            Assertion("terms", part.start, term.codes, columns={"key": "term"}, soft=True),
            Assertion(
                "classes",
                part.start,
                homeroom.codes,
                {"schools": school.codes},
                {"terms": (term.codes,)},
                {"schools": "school_id", "key": "homeroom"},
            ),
            assert_students(part),
        ),
        links=(Link(part.start, homeroom.codes, "student", student.codes, role, no),),
        scope=(
            Belonging("schools", part.start, (school.codes,), "school_id"),
            Belonging("terms", part.start, (term.codes,), "term"),
        ),
    )
