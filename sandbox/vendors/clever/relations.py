"""Records of a record: the sections of a school, the users of a section, the district of anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from sandbox.vendors import people as everybody
from sandbox.vendors.clever import people, records
from sandbox.vendors.clever.records import Office, Record

Ask = dict[str, str]  # role, primary
Found = Iterator[Record]


def _make(kind: str, office: Office, rows: np.ndarray) -> Found:
    makers = {
        "schools": records.schools,
        "terms": records.terms,
        "courses": records.courses,
        "sections": records.sections,
    }
    return makers[kind](office, np.unique(rows))


def _users(office: Office, teachers: np.ndarray, students: np.ndarray, ask: Ask) -> Found:
    role = ask.get("role")
    if role in (None, "student"):
        yield from people.students(office, np.intersect1d(students, people.shared_students(office)))
    if role in (None, "teacher", "staff"):
        chosen = np.unique(teachers)
        wanted = [row for row in chosen if role != "staff" or people.is_head(int(row))]
        yield from people.teachers(office, np.array(wanted, np.int64))


def of_school(office: Office, row: int, relation: str, ask: Ask) -> Found:
    world = office.view.world
    if relation == "users":
        at = {kind: getattr(world, kind)["school"].to_numpy() == row for kind in ("teachers", "students")}
        here = office.view.students()
        return _users(office, np.flatnonzero(at["teachers"]), here[at["students"][here]], ask)
    classes = np.flatnonzero(world.classes["school"].to_numpy() == row)
    if relation == "sections":
        return _make(relation, office, classes)
    return _make(relation, office, world.classes[relation.removesuffix("s")].to_numpy()[classes])


def of_section(office: Office, row: int, relation: str, ask: Ask) -> Found:
    world = office.view.world
    if relation == "users":
        here = office.view.students()
        teachers = world.classes[["teacher", "co_teacher"]].to_numpy()[row]
        return _users(office, teachers[teachers >= 0], here[(world.enrolled[here] == row).any(axis=1)], ask)
    return _make(f"{relation}s", office, world.classes[relation].to_numpy()[[row]])


def of_course(office: Office, row: int, relation: str, _ask: Ask) -> Found:
    classes = np.flatnonzero(office.view.world.classes["course"].to_numpy() == row)
    schools = office.view.world.courses["school"].to_numpy()[[row]]
    return _make(relation, office, classes if relation == "sections" else schools)


def of_term(office: Office, row: int, relation: str, _ask: Ask) -> Found:
    classes = office.view.rows("classes")
    classes = classes[office.view.world.classes["term"].to_numpy()[classes] == row]
    schools = office.view.world.classes["school"].to_numpy()[classes]
    return _make(relation, office, classes if relation == "sections" else schools)


def of_student(office: Office, row: int, relation: str, _ask: Ask) -> Found:
    world = office.view.world
    if relation == "sections":
        return _make("sections", office, world.enrolled[row])
    if relation == "schools":
        return _make("schools", office, world.students["school"].to_numpy()[[row]])
    if relation == "myteachers":
        return people.teachers(office, np.unique(world.classes["teacher"].to_numpy()[world.enrolled[row]]))
    if relation == "mycontacts" and office.behaviour.contacts:
        return people.contacts(office, [one for one in everybody.guardians(office.view) if row in one.students])
    return iter(())


def of_teacher(office: Office, row: int, relation: str, _ask: Ask) -> Found:
    world, here = office.view.world, office.view.students()
    classes = np.flatnonzero((world.classes[["teacher", "co_teacher"]].to_numpy() == row).any(axis=1))
    if relation == "sections":
        return _make("sections", office, classes)
    if relation == "schools":
        return _make("schools", office, world.teachers["school"].to_numpy()[[row]])
    if relation == "mystudents":
        return people.students(office, here[np.isin(world.enrolled[here], classes).any(axis=1)])
    return iter(())


def of_contact(office: Office, row: int, relation: str, _ask: Ask) -> Found:
    """The row is the guardian's number."""
    one = next(one for one in everybody.guardians(office.view) if one.number == row)
    students = np.array(one.students)
    if relation == "mystudents":
        return people.students(office, students)
    if relation == "schools":
        return _make("schools", office, office.view.world.students["school"].to_numpy()[students])
    return iter(())


_MANY = {
    "courses": (of_course, ("resources", "schools", "sections")),
    "schools": (of_school, ("courses", "sections", "terms", "users")),
    "sections": (of_section, ("resources", "users")),
    "terms": (of_term, ("schools", "sections")),
    "resources": (None, ("courses", "sections", "users")),
    "users": (None, ("mycontacts", "mystudents", "myteachers", "resources", "schools", "sections")),
}
_ONE = {"sections": ("course", "school", "term")}
_ROLES = {"schools": ("staff", "student", "teacher"), "sections": ("student", "teacher")}
_HAVE_DISTRICT = ("courses", "schools", "sections", "terms", "users")


def is_list(kind: str, relation: str) -> bool:
    return kind in _MANY and relation in _MANY[kind][1]


def is_single(kind: str, relation: str) -> bool:
    return relation in _ONE.get(kind, ()) or (relation == "district" and kind in _HAVE_DISTRICT)


def roles(kind: str) -> tuple[str, ...]:
    """The roles that the users of this kind of record may be asked by."""
    return _ROLES.get(kind, ("student", "teacher"))


def find(office: Office, kind: str, record_id: str) -> tuple[Callable[..., Found], int] | None:
    """How to ask a record for its relations, and its row. None: no such record."""
    if kind == "users":
        return _find_user(office, record_id)
    place = {"sections": "classes"}.get(kind, kind)
    row = _position(getattr(office, place), record_id)
    ask = _MANY[kind][0]
    return (ask, row) if ask and row is not None and row in office.view.rows(place) else None


def _find_user(office: Office, user_id: str) -> tuple[Callable[..., Found], int] | None:
    row = _position(office.students, user_id)
    if row is not None and row in people.shared_students(office):
        return of_student, row
    row = _position(office.teachers, user_id)
    if row is not None and row in office.view.rows("teachers"):
        return of_teacher, row
    for one, guardian in zip(people.contacts(office), everybody.guardians(office.view), strict=True):
        if one["id"] == user_id:
            return of_contact, guardian.number
    return None


def _position(ids: np.ndarray, record_id: str) -> int | None:
    found = np.flatnonzero(ids == record_id)
    return int(found[0]) if len(found) else None
