"""A plan in plain Python: the changes that make a roster equal to a delivery, and which of them have to be held."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from tests.simulate.district import Delivery, Key, Row, course_of, school_of

Roster = dict[Key, Row]


class Part(NamedTuple):
    """What a hold is about: one school, entity and kind of change."""

    school: str
    entity: str
    kind: str  # archive, update, create


class Change(NamedTuple):
    """One change of a plan. `row` is None if the row is archived; `leaves` is the enrollment that a move ends."""

    key: Key
    row: Row | None
    part: Part
    leaves: Key | None = None


class Limits(NamedTuple):
    """How many rows, and what percentage of a school's rows, one night may change, per kind of change."""

    rows: dict[str, int]
    percent: dict[str, int]


def plan(roster: Roster, delivery: Delivery) -> list[Change]:
    """Return the changes that make a roster equal to a delivery."""
    told = dict(delivery)
    changes, left, joined = [], {}, []
    for key, row in told.items():
        if key not in roster and key[0] == "enrollments":
            joined.append(key)
        elif roster.get(key) != row:
            changes.append(Change(key, row, Part(row[0], key[0], "update" if key in roster else "create")))
    for key in roster.keys() - told.keys():
        if key[0] == "enrollments":
            left[_course(key)] = key
        else:
            changes.append(Change(key, None, Part(roster[key][0], key[0], "archive")))
    for key in joined:
        moved = left.pop(_course(key), None)
        part = Part(school_of(key[1]), "enrollments", "update" if moved else "create")
        changes.append(Change(key, told[key], part, moved))
    gone = [key for key in roster.keys() - told.keys() if key[0] == "enrollments"]
    stays = {change.leaves for change in changes}
    changes += [
        Change(key, None, Part(school_of(key[1]), "enrollments", "archive")) for key in gone if key not in stays
    ]
    return changes


def _course(enrollment: Key) -> Key:
    _, class_id, *person = enrollment
    return (course_of(class_id), *person)


def exceeded(roster: Roster, changes: Iterable[Change], limits: Limits) -> set[Part]:
    """Return the parts of a plan that are beyond the limits. The first load of a school has no limit."""
    active = Counter((row[0], key[0]) for key, row in roster.items())
    found = set()
    for part, count in Counter(change.part for change in changes).items():
        rows = active[part.school, part.entity]
        if rows and count > limits.rows[part.kind] and count > rows * limits.percent[part.kind] / 100:
            found.add(part)
    return found


def depending(roster: Roster, changes: Iterable[Change], held: set[Change]) -> set[Change]:
    """Return the changes that cannot be applied without the held ones.

    Nobody is enrolled in a class, or as a person, that is not there yet. Nobody is archived who is still enrolled, and
    no class in which somebody is.
    """
    changes = set(changes) - held
    missing = {change.key[1] for change in held if change.key[0] != "enrollments" and change.key not in roster}
    entering = {c for c in changes if c.key[0] == "enrollments" and c.row is not None and c.key not in roster}
    waits = {change for change in entering if change.key[1] in missing or change.key[2] in missing}
    ended = [change.leaves or change.key for change in held | waits if change.leaves or change.row is None]
    staying = {one for key in ended if key[0] == "enrollments" for one in key[1:3]}
    return waits | {c for c in changes if c.row is None and c.key[0] != "enrollments" and c.key[1] in staying}


def effect(changes: Iterable[Change]) -> dict[Key, Row | None]:
    """Return the rows that some changes write."""
    wrote: dict[Key, Row | None] = {}
    for change in changes:
        wrote[change.key] = change.row
        if change.leaves:
            wrote[change.leaves] = None
    return wrote
