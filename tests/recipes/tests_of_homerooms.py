"""Homerooms: a line says which class a student begins the day in."""

from __future__ import annotations

from tests.delivery import Row, ids, judge, refused, roster

GOOD = {"term": "2026-S1", "school_id": "0012", "homeroom": "H1", "student_id": "000123"}


def line(**changes: str) -> Row:
    return GOOD | {"student_first": "Ada", "student_last": "Lovelace"} | changes


def test_a_line_names_a_school_a_term_a_class_and_its_student() -> None:
    judged = judge([line()], "homerooms")
    assert (ids(judged, "schools"), ids(judged, "terms"), ids(judged, "classes")) == ({"0012"}, {"2026-S1"}, {"H1"})
    assert roster(judged)["enrollments"] == {("H1", "student:000123", "student", False)}


def test_a_line_without_a_homeroom_is_quarantined() -> None:
    assert refused(judge([line(), line(student_id="000456", homeroom="")], "homerooms")) == {3: "MISSING_CLASS_ID"}
