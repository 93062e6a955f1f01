"""The combined layout: every line names a term, a school, a class, a student and usually a teacher (GC-02)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.sources.assertions import ROLES, Assertion, Assertions, Belonging, Coded, Codes, Link, Part, Rejection
from pipelines.sources.layouts.people import STUDENT_FIELDS, assert_students
from pipelines.sources.layouts.staff import Staff, read_staff

COVERS = frozenset({"classes", "users:student", "users:teacher", "enrollments:student", "enrollments:teacher"})


def conform(parts: Mapping[str, Part], class_key: Sequence[str]) -> Assertions:
    """Return the assertions of the lines: a line defines everything that it names, so no line depends on another."""
    part = parts[""]
    school, term, course = (part.column(field) for field in ("school_id", "term", "course_id"))
    classes = key_classes(part, class_key)
    staff = read_staff(part, ("teacher", "co_teacher"))
    student = part.column("student_id")
    about_staff = [_at_school(assertion, school.codes) for assertion in staff.assertions]
    return Assertions(
        keys={
            "schools": school.values,
            "terms": term.values,
            "courses": course.values,
            "classes": classes.values,
            "student": student.values,
            "staff": staff.keys,
        },
        values=_texts(part, staff),
        assertions=(*_frame(part), _assert_classes(part, classes, class_key), assert_students(part), *about_staff),
        links=_links(part, classes.codes, staff),
        rejections=(*_unkeyed(part, class_key), *staff.rejections),
        identifiers={"staff": staff.identifiers},
        scope=(
            Belonging("schools", part.start, (school.codes,), "school_id"),
            Belonging("terms", part.start, (term.codes,), "term"),
        ),
        needs_teachers=True,
    )


def key_classes(part: Part, fields: Sequence[str]) -> Coded:
    """Return the class key of each line: one column, or several columns joined by `|` (GC-14)."""
    first = part.column(fields[0])
    if len(fields) == 1:
        return first
    codes, texts = first.codes.astype(np.int64), _escaped(first.values)
    for field in fields[1:]:
        column = part.column(field)
        is_null = (codes < 0) | (column.codes < 0)
        pair = codes * max(len(column.values), 1) + column.codes
        pair[is_null] = -1
        distinct, place = np.unique(pair, return_inverse=True)
        present = distinct[distinct >= 0]
        left, right = np.divmod(present, max(len(column.values), 1))
        texts = pc.binary_join_element_wise(
            texts.take(pa.array(left)), _escaped(column.values).take(pa.array(right)), "|"
        )
        codes = place.astype(np.int64) - (len(distinct) - len(present))
    return Coded(codes.astype(np.int32), texts)


def _escaped(values: pa.Array) -> pa.Array:
    return pc.replace_substring(values, "|", "||")


def _unkeyed(part: Part, fields: Sequence[str]) -> list[Rejection]:
    return [
        Rejection("MISSING_CLASS_ID", field, np.flatnonzero(part.column(field).codes < 0) + part.start)
        for field in fields
        if field != "class_id"
    ]


def _texts(part: Part, staff: Staff) -> dict[tuple[str, str], pa.Array]:
    fields = {
        ("schools", "name"): "school_name",
        ("terms", "begin_date"): "term_start",
        ("terms", "end_date"): "term_end",
        ("courses", "title"): "course_name",
        ("classes", "title"): "class_name",
        ("classes", "period"): "class_period",
    } | {("student", attribute): field for attribute, field in STUDENT_FIELDS.items()}
    return {place: part.column(field).values for place, field in fields.items()} | staff.values


def _frame(part: Part) -> list[Assertion]:
    """Return assertions about schools, terms and courses.

    The assertions are soft: a contradiction in a school's name must not quarantine the school's 10,000 lines.
    """
    wanted = {
        "schools": ("school_id", {"name": "school_name"}),
        "terms": ("term", {"begin_date": "term_start", "end_date": "term_end"}),
        "courses": ("course_id", {"title": "course_name"}),
    }
    return [
        Assertion(
            entity_type,
            part.start,
            part.column(key).codes,
            _values(part, fields),
            columns=fields | {"key": key},
            soft=True,
        )
        for entity_type, (key, fields) in wanted.items()
    ]


def _values(part: Part, fields: Mapping[str, str]) -> dict[str, Codes]:
    return {attribute: part.columns[field].codes for attribute, field in fields.items() if field in part.columns}


def _assert_classes(part: Part, classes: Coded, class_key: Sequence[str]) -> Assertion:
    fields = {"schools": "school_id", "title": "class_name", "period": "class_period", "courses": "course_id"}
    return Assertion(
        "classes",
        part.start,
        classes.codes,
        _values(part, fields),
        sets={"terms": (part.column("term").codes,)},
        columns=fields | {"key": class_key[-1]},
    )


def _at_school(assertion: Assertion, schools: Codes) -> Assertion:
    role = np.broadcast_to(np.int8(ROLES.index("teacher")), len(schools))
    return Assertion(
        assertion.entity_type,
        assertion.start,
        assertion.key,
        assertion.says,
        {"schools": (schools,)},
        assertion.columns,
        role,
    )


def _constant(part: Part, role: str) -> np.ndarray[tuple[int, ...], np.dtype[np.int8]]:
    return np.broadcast_to(np.int8(ROLES.index(role)), part.size)


def _links(part: Part, classes: Codes, staff: Staff) -> tuple[Link, ...]:
    yes, no = np.broadcast_to(np.True_, part.size), np.broadcast_to(np.False_, part.size)
    student = part.column("student_id").codes
    learns = Link(part.start, classes, "student", student, _constant(part, "student"), no)
    role = _constant(part, "teacher")
    primary, *helpers = zip(staff.assertions, staff.named, strict=True)
    teaches = Link(part.start, classes, "staff", primary[0].key, role, yes)
    helps = [Link(part.start, classes, "staff", assertion.key, role, no, named) for assertion, named in helpers]
    return (learns, teaches, *helps)
