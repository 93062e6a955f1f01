"""What a night writes into the feed: records that came, records with their former values, records that left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from sandbox.vendors.changes import Change
from sandbox.vendors.clever import people, records
from sandbox.vendors.clever.records import Office, Record, Version

KEPT_NIGHTS = 30
_FIRST = 0x6B000000  # an event's id begins with the second it was written

Told = tuple[str, Record, Record | None]  # type, object, previous attributes


@dataclass(frozen=True)
class Event:
    """One event. `school` is the school it is about; None is the district itself."""

    id: str
    night: int
    created: str
    type: str
    object: Record
    previous: Record | None
    schools: tuple[str, ...]


def tell(before: Office, after: Office, change: Change) -> list[Event]:
    """One night's events, in the order they are written: what came, what changed, what left."""
    night, written = after.view.night, after.view.moment(after.view.night)
    came, changed, left = _contacts(before, after)
    told = [*_came(after, change), *came, *_changed(before, after, change), *changed, *left, *_left(before, change)]
    return [
        Event(f"{_FIRST + night * 86_400:08x}{number:016x}", night, written, name, record, previous, _schools(record))
        for number, (name, record, previous) in enumerate(told, start=1)
    ]


def _came(after: Office, change: Change) -> Iterator[Told]:
    of = change.of
    for name, make, rows in (
        ("schools", records.schools, of["schools"].came),
        ("courses", records.courses, of["courses"].came),
        ("users", people.teachers, of["teachers"].came),
        ("users", people.students, of["students"].came),
    ):
        yield from ((f"{name}.created", record, None) for record in make(after, rows))
    yield from (("sections.created", record, None) for record in records.sections(after, of["classes"].came))


def _changed(before: Office, after: Office, change: Change) -> Iterator[Told]:
    yield from _updates("users", partial(people.students, rows=change.of["students"].altered), before, after)
    yield from _updates("sections", partial(records.sections, rows=change.sections), before, after)


def _updates(name: str, make: Callable[[Office], Iterator[Record]], before: Office, after: Office) -> Iterator[Told]:
    for old, new in zip(make(before), make(after), strict=True):
        previous = {key: old.get(key) for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
        if previous.keys() - {"last_modified"}:
            yield f"{name}.updated", new, previous


def _left(before: Office, change: Change) -> Iterator[Told]:
    of = change.of
    yield from (("sections.deleted", record, None) for record in records.sections(before, of["classes"].left))
    for name, make, rows in (
        ("users", people.students, of["students"].left),
        ("users", people.teachers, of["teachers"].left),
        ("courses", records.courses, of["courses"].left),
        ("schools", records.schools, of["schools"].left),
    ):
        yield from ((f"{name}.deleted", record, None) for record in make(before, rows))


def _schools(record: Record) -> tuple[str, ...]:
    if "roles" in record:
        return tuple({school for role in record["roles"].values() for school in role.get("schools", ())})
    return (record["school"],) if "school" in record else (record["id"],) if "school_number" in record else ()


def _contacts(before: Office, after: Office) -> tuple[list[Told], list[Told], list[Told]]:
    """Contacts that came, changed and left; few enough to compare them all."""
    old, new = (
        {one["id"]: one for one in people.contacts(office)} if office.behaviour.contacts else {}
        for office in (before, after)
    )
    changed: list[Told] = []
    for key in sorted(old.keys() & new.keys()):
        previous = {name: old[key][name] for name in old[key] if old[key][name] != new[key][name]}
        if previous:
            changed.append(("users.updated", new[key], previous))
    came: list[Told] = [("users.created", new[key], None) for key in sorted(new.keys() - old.keys())]
    return came, changed, [("users.deleted", old[key], None) for key in sorted(old.keys() - new.keys())]


def keep(feed: list[Event], night: int) -> list[Event]:
    """The feed without what is older than thirty days."""
    return [event for event in feed if event.night > night - KEPT_NIGHTS]


def render(event: Event, version: Version, beside: bool) -> Record:
    """An event as the API gives it; where previous attributes stand has changed over the years."""
    data: Record = {"object": event.object if version == "v3.1" else records.older(event.object)}
    record: Record = {"id": event.id, "type": event.type, "created": event.created, "data": data}
    if event.previous is not None:
        (record if beside else data)["previous_attributes"] = event.previous
    return record
