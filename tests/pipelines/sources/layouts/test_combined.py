"""The assertions of a line of the combined layout: class keys, courses, co-teachers."""

from __future__ import annotations

import pytest

from tests.delivery import found, ids, judge, line, other, protected, refused, roster


def test_a_class_key_may_be_made_of_any_columns() -> None:
    rows = [line(section="a"), other(section="b"), other(section="a")]
    judged = judge([row | {"course_id": "M1"} for row in rows], class_key=("course_id", "section"))
    assert ids(judged, "classes") == {"M1|a", "M1|b"}


def test_the_separator_inside_parts_of_a_class_key_is_escaped() -> None:
    rows = [line(course_id="a|b", section="c"), other(course_id="a", section="b|c")]
    assert len(ids(judge(rows, class_key=("course_id", "section")), "classes")) == 2


@pytest.mark.parametrize("size", [2, 3])
def test_a_key_of_several_columns_needs_each_of_them(size: int) -> None:
    key = ("school_id", "class_id", "section")[-size:]
    judged = judge([line(section="1"), other(section="")], class_key=key)
    assert refused(judged) == {3: "MISSING_CLASS_ID"}
    assert found(judged, "MISSING_CLASS_ID") == {"section": 1}
    assert (None, "student:000456") in protected(judged)


def test_a_course_is_identified_by_its_id_and_shared_by_classes() -> None:
    rows = [line(course_id="M1", course_name="Math"), line(class_id="C2", course_id="M1", course_name="Math")]
    judged = judge(rows)
    assert roster(judged)["courses"] == {("M1", "Math", None)}
    assert {group[4] for group in roster(judged)["classes"]} == {"M1"}


def test_a_course_name_without_an_id_gives_no_course() -> None:
    assert roster(judge([line(course_name="Math")]))["courses"] == set()


def test_a_class_of_two_courses_is_quarantined() -> None:
    judged = judge([line(course_id="M1"), other(course_id="M2")])
    assert set(refused(judged).values()) == {"CONFLICTING_DUPLICATE"}


def test_a_co_teacher_is_a_teacher_of_the_class_and_a_user() -> None:
    co = {"co_teacher_first": "Sofia", "co_teacher_last": "Kovalevskaya", "co_teacher_id": "T9"}
    judged = judge([line(**co)])
    assert {"staff:T7", "staff:T9"} <= ids(judged, "users")


def test_a_co_teacher_without_a_key_is_quarantined_and_an_empty_one_ignored() -> None:
    empty = {"co_teacher_first": "", "co_teacher_last": "", "co_teacher_email": "", "co_teacher_id": ""}
    judged = judge([line(**empty), other(**(empty | {"co_teacher_last": "Kovalevskaya"}))])
    assert refused(judged) == {3: "MISSING_STAFF_KEY"}


def test_a_teacher_and_co_teacher_with_the_same_email_is_one_user() -> None:
    co = {"co_teacher_first": "Emmy", "co_teacher_last": "Noether", "co_teacher_email": "NOETHER@school.example"}
    second = line(class_id="C2", teacher_id="T8", teacher_first="Max", teacher_last="Born", teacher_email="b@x.example")
    judged = judge([line(), second | co])
    assert {user for user in ids(judged, "users") if user.startswith("staff:")} == {"staff:T7", "staff:T8"}
    assert ("C2", "staff:T7", "teacher", False) in roster(judged)["enrollments"]


def test_a_student_and_a_teacher_with_the_same_id_are_two_users() -> None:
    assert {"student:7", "staff:7"} <= ids(judge([line(student_id="7", teacher_id="7")]), "users")
