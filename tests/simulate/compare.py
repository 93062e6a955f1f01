"""Read the warehouse in the model's terms, and say where the two differ."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from pipelines.operations.as_of import school_members
from tests.remembered import gaps
from tests.simulate.district import Delivery
from tests.simulate.model import Model
from tests.simulate.plans import Part, Roster
from tests.town import Town

# An undo keeps the links of what a run created apart. An archived row needs none to be compared, an active row does.
_PEOPLE = """
select l.source_id, s.source_id, u.role, u.given_name, u.family_name, coalesce(u.email, ''), coalesce(u.grade, '')
from roster.users as u
left join roster.links as l on u.user_id = l.id and l.entity = 'users'
left join roster.links as s on u.school_ids[1] = s.id and s.entity = 'schools'
where u.status = 'active'
"""
_CLASSES = """
select l.source_id, s.source_id, k.title, c.source_id
from roster.classes as k
left join roster.links as l on k.class_id = l.id and l.entity = 'classes'
left join roster.links as s on k.school_id = s.id and s.entity = 'schools'
left join roster.links as c on k.course_id = c.id and c.entity = 'courses'
where k.status = 'active'
"""
_SEATS = """
select k.source_id, u.source_id, e.role, s.source_id
from roster.enrollments as e
inner join roster.classes as c on e.class_id = c.class_id
left join roster.links as k on e.class_id = k.id and k.entity = 'classes'
left join roster.links as u on e.user_id = u.id and u.entity = 'users'
left join roster.links as s on c.school_id = s.id and s.entity = 'schools'
where e.status = 'active'
"""
_HOLDS = """
select h.run_id, s.source_id, h.entity, h.action, h.planned
from runs.holds as h
inner join runs.runs as r on h.run_id = r.run_id and r.status = 'applied'
left join roster.links as s on h.school_id = s.id and s.entity = 'schools'
where h.status = 'open'
"""
_NUMBERS = """
select h.hold_n, s.source_id, h.entity, h.action
from runs.holds as h
left join roster.links as s on h.school_id = s.id and s.entity = 'schools'
where h.run_id = %s
"""
Fact = tuple[Any, ...]


def roster_of(town: Town) -> Roster:
    """Return the active rows of the warehouse in the model's form."""
    found: Roster = {}
    for name, school, *row in town.ask(_PEOPLE):
        found["users", str(name)] = (school, *row)
    for name, school, *row in town.ask(_CLASSES):
        found["classes", str(name)] = (school, *row)
    for class_id, user_id, role, school in town.ask(_SEATS):
        found["enrollments", str(class_id), str(user_id), role] = (school,)
    return found


def holds_of(town: Town) -> dict[tuple[int, Part], int]:
    """Return the open holds of the warehouse, with their changes."""
    return {(run, Part(school, entity, kind)): n for run, school, entity, kind, n in town.ask(_HOLDS)}


def numbers_of(town: Town, run_id: int, part: Part) -> list[int]:
    """Return the number of the hold of a run that is about this part."""
    return [n for n, *about in town.ask(_NUMBERS, run_id) if Part(*about) == part]


def differences(town: Town, model: Model, dates: Iterable[date]) -> list[str]:
    """Return where the warehouse differs from the model: the roster, the past, the holds, the history's order."""
    found = _differ("roster", roster_of(town).items(), model.roster().items())
    found += _differ("holds", holds_of(town).items(), model.open_holds().items())
    for day in dates:
        found += _differ(f"evening of {day}", _members(town, day), seats(model.roster(until=day)))
    return found + [f"history: {gap}" for gap in gaps(town)]


def short_of(town: Town, delivery: Delivery) -> list[str]:
    """Return where the roster differs from a delivery."""
    return _differ("the newest delivery", roster_of(town).items(), delivery)


def seats(roster: Roster) -> set[Fact]:
    """Return who is in which class of a roster, by name."""
    people = {key[1]: row for key, row in roster.items() if key[0] == "users"}
    nobody = ("", "", "nobody", "nobody")
    return {(key[1], key[3], key[2], *people.get(key[2], nobody)[2:4]) for key in roster if key[0] == "enrollments"}


def _members(town: Town, day: date) -> set[Fact]:
    found: set[Fact] = set()
    known = {school for (school,) in town.ask("select source_id from roster.links where entity = 'schools'")}
    for school in known:  # none, if the first night was undone
        for one in school_members(town.district_id, day, school):
            found.add((one["class"], one["role"], one["source_id"], one["given_name"], one["family_name"]))
    return found


def _differ(what: str, found: Iterable[Fact], wanted: Iterable[Fact]) -> list[str]:
    here, there = set(found), set(wanted)
    return [f"{what}: not in the warehouse: {one}" for one in sorted(there - here, key=str)] + [
        f"{what}: only in the warehouse: {one}" for one in sorted(here - there, key=str)
    ]
