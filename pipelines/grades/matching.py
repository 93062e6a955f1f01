"""Match students with people in Canvas: by recorded number, SIS id, exact email or login; never by a guess."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from pipelines.canvas.courses import Person


@dataclass(frozen=True)
class Student:
    """A student of the roster.

    `number` is the student's number in Canvas, if it is recorded. `was_here` means that the student was seen in this
    course before.
    """

    user_id: UUID
    number: int | None
    identifiers: tuple[str, ...]
    email: str | None
    was_here: bool = False


def match(students: Iterable[Student], people: Iterable[Person]) -> dict[UUID, Person | str]:
    """Return each student's person in a Canvas course, or the reason why there is none.

    If a student might be two people, or two students might be the same person, the reason is MULTIPLE_ACCOUNTS (IC-09).
    If a student was in the course and is gone, the reason is DROPPED; any other missing student is NOT_IN_CANVAS
    (IC-17).
    """
    ways = _index(people)
    found = {student.user_id: _find(student, ways) for student in students}
    claims = Counter(person.number for person in found.values() if isinstance(person, Person))
    return {
        user_id: "MULTIPLE_ACCOUNTS" if isinstance(person, Person) and claims[person.number] > 1 else person
        for user_id, person in found.items()
    }


@dataclass(frozen=True)
class _Ways:
    numbers: Mapping[int, Person]
    identifiers: Mapping[str, set[Person]]
    addresses: Mapping[str, set[Person]]


def _index(people: Iterable[Person]) -> _Ways:
    numbers: dict[int, Person] = {}
    identifiers: defaultdict[str, set[Person]] = defaultdict(set)
    addresses: defaultdict[str, set[Person]] = defaultdict(set)
    for person in people:
        numbers[person.number] = person
        if person.sis_user_id:
            identifiers[person.sis_user_id].add(person)
        for address in (person.email, person.login):
            if address:
                addresses[address.lower()].add(person)
    return _Ways(numbers, identifiers, addresses)


def _find(student: Student, ways: _Ways) -> Person | str:
    if student.number is not None and student.number in ways.numbers:
        return ways.numbers[student.number]
    by_id = {person for one in student.identifiers for person in ways.identifiers.get(one, ())}
    found = by_id or (ways.addresses.get(student.email.lower(), set()) if student.email else set())
    if len(found) > 1:
        return "MULTIPLE_ACCOUNTS"
    return next(iter(found), "DROPPED" if student.was_here else "NOT_IN_CANVAS")
