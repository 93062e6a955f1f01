"""A district's users at Clever. Who both teaches and heads a department is one user with two roles."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from sandbox import names
from sandbox.vendors import ids, people
from sandbox.vendors.clever.records import GRADES, LATER, Office, Record, optional

_HEADS = 20  # one teacher in so many is also staff
_RACES = dict(
    zip(
        people.RACES,
        ("Caucasian", "Asian", "Black or African American", "American Indian", "Two or More Races"),
        strict=True,
    )
)


def students(office: Office, rows: np.ndarray) -> Iterator[Record]:
    world, stamps, year = office.view.world, office.view.stamps, office.view.opened.year
    numbers = people.numbers(office.view)[rows]
    begins = office.date(world.terms["begins"].iloc[0])
    for row, number, one in zip(rows, numbers, world.students.iloc[rows].itertuples(index=False), strict=True):
        number, private = int(number), people.particulars(int(number), int(one.grade), year)
        school = office.schools[one.school]
        role = {
            "legacy_id": _legacy(office.students[row]),
            "sis_id": one.student_id,
            "student_number": one.student_id,
            "school": school,
            "schools": [school],
            "enrollments": [{"school": school, "start_date": begins, "end_date": ""}],
            "grade": GRADES[one.grade],
            "graduation_year": str(year + 13 - one.grade),
            "gender": private.sex[0].upper(),
            "dob": f"{private.born[1]}/{private.born[2]}/{private.born[0]}",
            "race": _RACES[private.race],
            "hispanic_ethnicity": "Y" if private.hispanic else "N",
            "location": {"address": f"{number % 999 + 1} Elm Street", "city": "Springfield", "state": "TX", "zip": ""},
            "ext": {},
        }
        if one.login:
            role["credentials"] = {"district_username": one.login}
        for turn, name in enumerate(("state_id", "ell_status")):
            optional(role, name, "", number + turn)
        if office.version == "v3.1":
            role |= LATER
        user = _user(office, office.students[row], one.first, one.last, stamps.students[row])
        user["created"] = office.view.moment(stamps.born[row])
        optional(user, "email", one.email, number)
        optional(user["name"], "middle", "", number + 1)
        yield user | {"roles": {"student": role}}


def teachers(office: Office, rows: np.ndarray) -> Iterator[Record]:
    for row, one in zip(rows, office.view.world.teachers.iloc[rows].itertuples(index=False), strict=True):
        user_id, school = office.teachers[row], office.schools[one.school]
        role = {
            "legacy_id": _legacy(user_id),
            "sis_id": one.teacher_id,
            "teacher_number": one.teacher_id,
            "school": school,
            "schools": [school],
            "credentials": {"district_username": one.email.partition("@")[0]},
        }
        optional(role, "title", "", int(row))
        roles: Record = {"teacher": role}
        if is_head(int(row)):
            roles["staff"] = {
                "legacy_id": _legacy(user_id)[:-1] + "e",
                "staff_id": one.teacher_id,
                "title": "Department Chair",
                "department": "Mathematics",
                "roles": ["PortalOnly"],
                "schools": [school],
            }
        user = _user(office, user_id, one.first, one.last, 0)
        yield user | {"email": one.email, "roles": roles}


def is_head(row: int) -> bool:
    """Tell whether a teacher is staff as well."""
    return row % _HEADS == 0


def contacts(office: Office, chosen: list[people.Guardian] | None = None) -> Iterator[Record]:
    """A contact's whole name is the last name."""
    for one in people.guardians(office.view) if chosen is None else chosen:
        related = [
            {"student": office.students[row], "relationship": "Parent", "type": "Parent/Guardian"}
            for row in one.students
        ]
        user_id = ids.clever(office.view.world, "contacts", one.sis_id, one.number)
        role = {
            "legacy_id": _legacy(user_id),
            "sis_id": one.sis_id,
            "phone": one.phone,
            "phone_type": "Cell",
            "student_relationships": related,
        }
        changed = max(office.view.stamps.born[row] for row in one.students)
        user = _user(office, user_id, "", f"{one.first} {one.last}", changed)
        yield user | {"email": one.email, "roles": {"contact": role}}


def admins(office: Office) -> Iterator[Record]:
    world = office.view.world
    user_id = ids.clever(world, "admins", "A1", 1)
    user = _user(office, user_id, "Sam", "Diaz", 0)
    role = {"legacy_id": _legacy(user_id), "title": "CIO"}
    yield user | {"email": f"it@{names.slug(world.district)}.example", "roles": {"district_admin": role}}


def shared_students(office: Office) -> np.ndarray:
    """Those the API gives; some may be withheld while their sections still name them."""
    return office.view.students()[office.behaviour.withdrawn_users :]


def _staff(office: Office) -> Iterator[Record]:
    rows = office.view.rows("teachers")
    return teachers(office, rows[rows % _HEADS == 0])


def _contacts(office: Office) -> Iterator[Record]:
    return contacts(office) if office.behaviour.contacts else iter(())


def _user(office: Office, user_id: str, first: str, last: str, changed: int) -> Record:
    user: Record = {"id": user_id, "district": office.district, "name": {"first": first, "last": last}}
    if office.version == "v3.1":
        user["lms_status"] = {"synced_in_lms": False}
    return user | office.times(changed)


def _legacy(user_id: str) -> str:
    """The id of a role before users were one: another one, of no use in this version."""
    return f"{user_id[:8]}{int(user_id[8:], 16) ^ 0xFFFFFFFFFFFFFFFF:016x}"


ROLES: dict[str, Callable[[Office], Iterator[Record]]] = {
    "contact": _contacts,
    "district_admin": admins,
    "staff": _staff,
    "student": lambda office: students(office, shared_students(office)),
    "teacher": lambda office: teachers(office, office.view.rows("teachers")),
}
