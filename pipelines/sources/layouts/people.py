"""Define the staff-only and student-only layouts: people and their schools, no classes (GC-09)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipelines.sources.assertions import ROLES, Assertion, Assertions, Belonging, Coded, Part, Rejection
from pipelines.sources.layouts.staff import read_staff
from schemas.roles import ADMIN, MEANINGS, NOT_SYNCED, simplify

STAFF_COVERS = frozenset({"users:teacher"})
STUDENTS_COVERS = frozenset({"users:student"})


def conform_staff(parts: Mapping[str, Part]) -> Assertions:
    """Return the assertions of a staff file; without a role column, or with an empty cell, a person is a teacher."""
    part = parts[""]
    staff = read_staff(part, ("teacher",))
    roles, notes = read_roles(part, "teacher_role", "teacher")
    assertion = replace(staff.assertions[0], role=roles, sets={"schools": (part.column("school_id").codes,)})
    nobody = np.flatnonzero(assertion.key < 0) + part.start
    return Assertions(
        keys=_keys(part) | {"staff": staff.keys},
        values={("schools", "name"): part.column("school_name").values} | staff.values,
        assertions=(_school(part), assertion),
        rejections=(*staff.rejections, Rejection("MISSING_STAFF_KEY", "teacher_email", nobody), *notes),
        identifiers={"staff": staff.identifiers},
        scope=_scope(part),
    )


def conform_students(parts: Mapping[str, Part]) -> Assertions:
    """Return the assertions of a student file."""
    part = parts[""]
    student = assert_students(part)
    texts = {("student", attribute): part.column(field).values for attribute, field in STUDENT_FIELDS.items()}
    return Assertions(
        keys=_keys(part) | {"student": part.column("student_id").values},
        values={("schools", "name"): part.column("school_name").values} | texts,
        assertions=(_school(part), student),
        scope=_scope(part),
    )


STUDENT_FIELDS = {
    "given_name": "student_first",
    "family_name": "student_last",
    "email": "student_email",
    "grade": "student_grade",
}


def assert_students(part: Part) -> Assertion:
    """Return the assertion about the student on each line, at the line's school."""
    return Assertion(
        "student",
        part.start,
        part.column("student_id").codes,
        says={name: part.columns[field].codes for name, field in STUDENT_FIELDS.items() if field in part.columns},
        sets={"schools": (part.column("school_id").codes,)},
        columns=STUDENT_FIELDS | {"key": "student_id"},
        role=np.broadcast_to(np.int8(ROLES.index("student")), part.size),
    )


def read_roles(part: Part, field: str, default: str | None = None) -> tuple[NDArray[np.int8], list[Rejection]]:
    """Translate a column of role words into indexes of ROLES; an empty cell becomes `default`, or -1 if None.

    A role that is never synced (CK-17) becomes -1 and causes a note.
    """
    column = part.column(field)
    meant = [MEANINGS.get(simplify(word), NOT_SYNCED) for word in column.values.to_pylist()]
    place = np.array([ROLES.index(m) if m in ROLES else -1 for m in meant] + [-1], dtype=np.int8)
    place[-1] = -1 if default is None else ROLES.index(default)
    notes = [
        Rejection(code, field, _where(column, [m == meaning for m in meant]) + part.start)
        for code, meaning in (("ADMIN_NOT_SYNCED", ADMIN), ("ROLE_NOT_SYNCED", NOT_SYNCED))
    ]
    return place[column.codes], notes


def _where(column: Coded, values: list[bool]) -> NDArray[np.intp]:
    return np.flatnonzero(np.array([*values, False], dtype=bool)[column.codes])


def _keys(part: Part) -> dict[str, pa.Array]:
    nothing = pa.array([], pa.string())
    return {"schools": part.column("school_id").values, "terms": nothing, "courses": nothing, "classes": nothing}


def _school(part: Part) -> Assertion:
    names = {"name": part.columns["school_name"].codes} if "school_name" in part.columns else {}
    columns = {"key": "school_id", "name": "school_name"}
    return Assertion("schools", part.start, part.column("school_id").codes, names, columns=columns, soft=True)


def _scope(part: Part) -> tuple[Belonging, ...]:
    return (Belonging("schools", part.start, (part.column("school_id").codes,), "school_id"),)
