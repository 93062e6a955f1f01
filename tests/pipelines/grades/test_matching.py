"""A student is matched with a person in Canvas by number, id or exact address, and never by a guess."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from pipelines.canvas.courses import Person
from pipelines.grades.matching import Student, match

ANN, BEN = UUID(int=1), UUID(int=2)


def student(user_id: UUID = ANN, **facts: Any) -> Student:
    return Student(**({"user_id": user_id, "number": None, "identifiers": (), "email": None} | facts))


def person(number: int, **facts: Any) -> Person:
    return Person(**({"number": number, "sis_user_id": None, "login": None, "email": None, "state": "active"} | facts))


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({"number": 7}, {}),
        ({"identifiers": ("007",)}, {"sis_user_id": "007"}),
        ({"email": "Ann@School.example"}, {"email": "ann@school.example"}),
        ({"email": "ann@school.example"}, {"login": "ANN@school.example"}),
    ],
    ids=["number", "id", "email", "login"],
)
def test_a_student_is_matched_by_number_id_email_or_login(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    found = person(7, **theirs)
    assert match([student(**ours)], [person(6, email="x@school.example"), found]) == {ANN: found}


def test_a_recorded_number_is_preferred_to_an_id_and_an_id_to_an_address() -> None:
    by_number, by_id = person(7, email="other@school.example"), person(8, sis_user_id="007")
    by_email = person(9, email="ann@school.example")
    known = {"identifiers": ("007",), "email": "ann@school.example"}
    people = [by_number, by_id, by_email]
    assert match([student(number=7, **known)], people) == {ANN: by_number}
    assert match([student(**known)], people) == {ANN: by_id}
    assert match([student(identifiers=("008",), email=known["email"])], people) == {ANN: by_email}


@pytest.mark.parametrize("close", ["7", "0007", "007 ", "\uff10\uff10\uff17"])
def test_a_similar_id_does_not_match(close: str) -> None:
    assert match([student(identifiers=("007",))], [person(7, sis_user_id=close)]) == {ANN: "NOT_IN_CANVAS"}


def test_a_student_who_matches_two_people_is_not_matched() -> None:
    two = [person(7, email="ann@school.example"), person(8, login="ann@school.example")]
    assert match([student(email="ann@school.example")], two) == {ANN: "MULTIPLE_ACCOUNTS"}


def test_two_students_who_match_one_person_are_not_matched() -> None:
    claims = [student(identifiers=("007",)), student(BEN, email="ann@school.example")]
    one = person(7, sis_user_id="007", email="ann@school.example")
    assert match(claims, [one]) == {ANN: "MULTIPLE_ACCOUNTS", BEN: "MULTIPLE_ACCOUNTS"}


def test_a_person_with_equal_login_and_email_matches_once() -> None:
    one = person(7, email="ann@school.example", login="ann@school.example")
    assert match([student(email="ann@school.example")], [one]) == {ANN: one}


def test_a_student_who_left_the_course_is_dropped_and_a_never_seen_one_is_not_in_canvas() -> None:
    found = match([student(number=7, was_here=True), student(BEN, number=9)], [person(8, email="x@school.example")])
    assert found == {ANN: "DROPPED", BEN: "NOT_IN_CANVAS"}


def test_an_empty_address_matches_nobody() -> None:
    assert match([student(email="")], [person(7, email="", login="")]) == {ANN: "NOT_IN_CANVAS"}
