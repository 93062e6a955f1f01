"""Read the files that a district uploads to Clever: schools, students, teachers, sections, enrollments, optional staff.

A student's line is repeated for each guardian and each school, a teacher's line for each school. A section names up to
ten teachers in adjacent columns. Terms and courses have no files: only sections describe them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipelines.sources.assertions import ROLES, Assertion, Assertions, Belonging, Coded, Codes, Link, Part
from pipelines.sources.layouts.staff import merge
from schemas.clever_csv import CO_TEACHERS, FILES, iso_day

# Other staff are not covered: the staff file is optional, so absence from a delivery does not show that someone left.
COVERS = frozenset({"classes", "users:student", "users:teacher", "enrollments:student", "enrollments:teacher"})

SCHOOLS, STUDENTS, TEACHERS = "schools.csv", "students.csv", "teachers.csv"
STAFF, SECTIONS, ENROLLMENTS = "staff.csv", "sections.csv", "enrollments.csv"
_TEACHERS = ("teacher_id", *CO_TEACHERS)
_AT_SCHOOL = (SCHOOLS, STUDENTS, TEACHERS, STAFF, SECTIONS, ENROLLMENTS)


@dataclass(frozen=True)
class _Terms:
    """The term of each section: its title and days, and its key, which combines all three."""

    key: Coded
    title: Coded
    begin: Coded
    end: Coded


@dataclass(frozen=True)
class _Staff:
    """The staff of the schools: teachers, other staff, and the teachers that sections name, column by column."""

    keys: pa.Array
    teachers: Codes
    staff: Codes
    named: Mapping[str, Codes]
    is_teacher: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]  # for each line of staff.csv: also in teachers.csv


def conform(parts: Mapping[str, Part]) -> Assertions:
    """Return the assertions of the files."""
    there = {name: parts.get(name) or Part(name, 0, 0, {}) for name in FILES}
    at, schools = merge([there[name].column("school_id") for name in _AT_SCHOOL])
    school = dict(zip(_AT_SCHOOL, at, strict=True))
    students, student_keys = merge([there[name].column("student_id") for name in (STUDENTS, ENROLLMENTS)])
    classes, class_keys = merge([there[name].column("section_id") for name in (SECTIONS, ENROLLMENTS)])
    sections, seats = there[SECTIONS], there[ENROLLMENTS]
    staff, terms = _read_staff(there), _read_terms(sections)
    courses, course_keys = _read_courses(sections)
    people, texts = _assert_people(there, school, students[0], staff)
    named = [
        Assertion("staff", sections.start, codes, columns={"key": field}, defines=False)
        for field, codes in staff.named.items()
    ]
    frame, frame_texts = _assert_frame(there, school, terms, courses)
    section, section_texts = _assert_sections(sections, classes[0], school[SECTIONS], terms, courses)
    return Assertions(
        keys={
            "schools": schools,
            "terms": terms.key.values,
            "courses": course_keys,
            "classes": class_keys,
            "student": student_keys,
            "staff": staff.keys,
        },
        values=texts | frame_texts | section_texts,
        assertions=(
            *frame,
            section,
            *people,
            *named,
            Assertion("classes", seats.start, classes[1], columns={"key": "section_id"}, defines=False),
            Assertion("student", seats.start, students[1], columns={"key": "student_id"}, defines=False),
        ),
        links=(_learn(seats, classes[1], students[1]), *_teach(sections, classes[0], staff)),
        scope=_scope(there, school, terms),
        needs_teachers=True,
        related=True,
    )


def _read_staff(parts: Mapping[str, Part]) -> _Staff:
    """Return the staff, keyed by id; if an email is in both files, the two are one person, the teacher."""
    columns = [parts[SECTIONS].column(field) for field in _TEACHERS]
    ids, keys = merge([parts[TEACHERS].column("teacher_id"), parts[STAFF].column("staff_id"), *columns])
    (teacher, staff), values = merge([parts[TEACHERS].column("teacher_email"), parts[STAFF].column("staff_email")])
    owner = np.full(len(values) + 1, -1, dtype=np.int32)
    owner[teacher] = ids[0]
    owner[teacher[owner[teacher] != ids[0]]] = -1  # an address that two teachers share identifies neither teacher
    owner[-1] = -1
    same = owner[staff]
    codes = np.where(same >= 0, same, ids[1]).astype(np.int32)
    is_teacher = np.isin(codes, ids[0][ids[0] >= 0])
    return _Staff(keys, ids[0], codes, dict(zip(_TEACHERS, ids[2:], strict=True)), is_teacher)


def _read_terms(sections: Part) -> _Terms:
    """Identify terms by name and days together: next year's first semester is another term."""
    title = sections.column("term_name")
    begin, end = (_days(sections.column(field)) for field in ("term_start", "term_end"))
    triples = np.stack([title.codes, begin.codes, end.codes], axis=1)
    distinct, place = np.unique(triples, axis=0, return_inverse=True)
    lists = [[*column.values.to_pylist(), ""] for column in (title, begin, end)]
    texts = [" ".join(filter(None, (of[at] for of, at in zip(lists, row, strict=True)))) for row in distinct.tolist()]
    keys = pa.array([text or None for text in texts], pa.string()).dictionary_encode()
    codes = np.append(keys.indices.fill_null(-1).to_numpy(zero_copy_only=False), -1).astype(np.int32)
    return _Terms(Coded(codes[place.reshape(-1)], keys.dictionary), title, begin, end)


def _days(column: Coded) -> Coded:
    iso = pa.array([iso_day(value) for value in column.values.to_pylist()], pa.string()).dictionary_encode()
    codes = np.append(iso.indices.to_numpy(zero_copy_only=False), -1).astype(np.int32)
    return Coded(codes[column.codes], iso.dictionary)


def _read_courses(sections: Part) -> tuple[Codes, pa.Array]:
    """Identify courses as Clever does: by number, or by name if there is no number."""
    (number, title), keys = merge([sections.column("course_number"), sections.column("course_name")])
    return np.where(number >= 0, number, title).astype(np.int32), keys


def _assert_frame(
    parts: Mapping[str, Part], school: Mapping[str, Codes], terms: _Terms, courses: Codes
) -> tuple[list[Assertion], dict[tuple[str, str], pa.Array]]:
    """Return assertions about schools, and about the terms and courses that sections name; and their texts."""
    schools, sections = parts[SCHOOLS], parts[SECTIONS]
    name, title = schools.column("school_name"), sections.column("course_name")
    number = sections.column("course_number")
    days = {"title": terms.title, "begin_date": terms.begin, "end_date": terms.end}
    names = {"key": "term_name", "title": "term_name", "begin_date": "term_start", "end_date": "term_end"}
    course = {"key": "course_number", "title": "course_name", "code": "course_number"}
    assertions = [
        Assertion(
            "schools",
            schools.start,
            school[SCHOOLS],
            {"name": name.codes},
            columns={"key": "school_id", "name": "school_name"},
        ),
        Assertion("terms", sections.start, terms.key.codes, _codes(days), columns=names, soft=True),
        Assertion(
            "courses", sections.start, courses, {"title": title.codes, "code": number.codes}, columns=course, soft=True
        ),
    ]
    texts = {("terms", attribute): column.values for attribute, column in days.items()}
    texts |= {("courses", "title"): title.values, ("courses", "code"): number.values}
    return assertions, texts | {("schools", "name"): name.values}


def _assert_sections(
    part: Part, classes: Codes, school: Codes, terms: _Terms, courses: Codes
) -> tuple[Assertion, dict[tuple[str, str], pa.Array]]:
    """Return the assertion about classes, and its texts; a class without a name gets its course's name."""
    (own, course), titles = merge([part.column("name"), part.column("course_name")])
    period = part.column("period")
    title = np.where(own >= 0, own, course).astype(np.int32)
    columns = {"schools": "school_id", "title": "name", "period": "period", "courses": "course_number"}
    assertion = Assertion(
        "classes",
        part.start,
        classes,
        {"schools": school, "title": title, "period": period.codes, "courses": courses},
        {"terms": (terms.key.codes,)},
        columns | {"key": "section_id", "terms": "term_name"},
    )
    return assertion, {("classes", "title"): titles, ("classes", "period"): period.values}


def _assert_people(
    parts: Mapping[str, Part], school: Mapping[str, Codes], students: Codes, staff: _Staff
) -> tuple[list[Assertion], dict[tuple[str, str], pa.Array]]:
    """Return assertions about students, teachers and other staff, and their texts.

    Each person is at every school of their lines; the first line's school comes first.
    """
    texts: dict[tuple[str, str], pa.Array] = {}
    assertions: list[Assertion] = []
    of_students = (("student", STUDENTS, students, "student_id", "student_email"),)
    of_staff = (
        ("teacher", TEACHERS, staff.teachers, "teacher_id", "teacher_email"),
        ("staff", STAFF, staff.staff, "staff_id", "staff_email"),
    )
    for entity_type, files in (("student", of_students), ("staff", of_staff)):
        attributes: list[dict[str, Codes]] = [{} for _ in files]
        for attribute in ("given_name", "family_name", "email", *(("grade",) if entity_type == "student" else ())):
            fields = [_field(attribute, mail) for _, _, _, _, mail in files]
            pieces = [parts[name].column(field) for (_, name, *_), field in zip(files, fields, strict=True)]
            codes, texts[entity_type, attribute] = merge(pieces)
            for values, code in zip(attributes, codes, strict=True):
                values[attribute] = code
        for (role, name, key, field, mail), values in zip(files, attributes, strict=True):
            if role == "staff":  # a teacher's attributes come from teachers.csv
                values = {
                    attribute: np.where(staff.is_teacher, -1, code).astype(np.int32)
                    for attribute, code in values.items()
                }
            columns = {attribute: _field(attribute, mail) for attribute in values} | {
                "key": field,
                "schools": "school_id",
            }
            sets = {"schools": (_first(key, school[name]), school[name])}
            of = np.broadcast_to(np.int8(ROLES.index(role)), parts[name].size)
            assertions.append(Assertion(entity_type, parts[name].start, key, values, sets, columns, of))
    return assertions, texts


def _field(attribute: str, mail: str) -> str:
    return {"given_name": "first_name", "family_name": "last_name", "email": mail, "grade": "grade"}[attribute]


def _first(keys: Codes, schools: Codes) -> Codes:
    """Return the school on the first line of each key, and null on the key's other lines."""
    _, at = np.unique(keys, return_index=True)
    first = np.full(len(keys), -1, dtype=np.int32)
    first[at] = schools[at]
    return first


def _learn(seats: Part, classes: Codes, students: Codes) -> Link:
    role = np.broadcast_to(np.int8(ROLES.index("student")), seats.size)
    return Link(seats.start, classes, "student", students, role, np.broadcast_to(np.False_, seats.size))


def _teach(sections: Part, classes: Codes, staff: _Staff) -> list[Link]:
    role = np.broadcast_to(np.int8(ROLES.index("teacher")), sections.size)
    links = []
    for field, codes in staff.named.items():
        primary = np.broadcast_to(np.bool_(field == "teacher_id"), sections.size)
        means = (codes >= 0) | sections.unusable.get(field, np.False_)
        links.append(Link(sections.start, classes, "staff", codes, role, primary, means))
    return links


def _codes(columns: Mapping[str, Coded]) -> dict[str, Codes]:
    return {name: column.codes for name, column in columns.items()}


def _scope(parts: Mapping[str, Part], school: Mapping[str, Codes], terms: _Terms) -> tuple[Belonging, ...]:
    files: Sequence[str] = [name for name in _AT_SCHOOL if parts[name].size]
    return (
        *(Belonging("schools", parts[name].start, (school[name],), "school_id", name == SCHOOLS) for name in files),
        Belonging("terms", parts[SECTIONS].start, (terms.key.codes,), "term_name"),
    )
