"""A student is who they are in Canvas by a number, an id or an exact address; nobody is guessed."""

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
def test_each_way_of_knowing_a_student_finds_them(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    found = person(7, **theirs)
    assert match([student(**ours)], [person(6, email="x@school.example"), found]) == {ANN: found}


def test_a_number_known_before_comes_before_an_id_and_an_id_before_an_address() -> None:
    by_number, by_id = person(7, email="other@school.example"), person(8, sis_user_id="007")
    by_email = person(9, email="ann@school.example")
    known = {"identifiers": ("007",), "email": "ann@school.example"}
    people = [by_number, by_id, by_email]
    assert match([student(number=7, **known)], people) == {ANN: by_number}
    assert match([student(**known)], people) == {ANN: by_id}
    assert match([student(identifiers=("008",), email=known["email"])], people) == {ANN: by_email}


@pytest.mark.parametrize("close", ["7", "0007", "007 ", "\uff10\uff10\uff17"])
def test_an_id_that_only_looks_alike_is_another(close: str) -> None:
    assert match([student(identifiers=("007",))], [person(7, sis_user_id=close)]) == {ANN: "NOT_IN_CANVAS"}


def test_who_might_be_two_people_is_neither() -> None:
    two = [person(7, email="ann@school.example"), person(8, login="ann@school.example")]
    assert match([student(email="ann@school.example")], two) == {ANN: "MULTIPLE_ACCOUNTS"}


def test_two_students_who_claim_one_person_are_neither() -> None:
    claims = [student(identifiers=("007",)), student(BEN, email="ann@school.example")]
    one = person(7, sis_user_id="007", email="ann@school.example")
    assert match(claims, [one]) == {ANN: "MULTIPLE_ACCOUNTS", BEN: "MULTIPLE_ACCOUNTS"}


def test_whose_login_and_email_are_one_address_is_one_person() -> None:
    one = person(7, email="ann@school.example", login="ann@school.example")
    assert match([student(email="ann@school.example")], [one]) == {ANN: one}


def test_who_was_there_and_is_gone_was_dropped_and_who_never_was_is_not_in_canvas() -> None:
    found = match([student(number=7, was_here=True), student(BEN, number=9)], [person(8, email="x@school.example")])
    assert found == {ANN: "DROPPED", BEN: "NOT_IN_CANVAS"}


def test_an_empty_address_is_nobodys() -> None:
    assert match([student(email="")], [person(7, email="", login="")]) == {ANN: "NOT_IN_CANVAS"}
