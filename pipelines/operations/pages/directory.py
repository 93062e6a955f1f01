"""List who and what is in the roster now: a school's classes, people, one class, one person.

The pages serve CT-09, SL-20, SL-27 and CK-02. Everything here names people. There is no search by name: a search term
would be in the page's address, and addresses are in logs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from pipelines.errors import SettingsInvalid
from pipelines.operations.pages.paging import bounds
from pipelines.store.engine import transaction
from pipelines.store.statements import rows
from schemas.grades import IN_ORDER


@dataclass(frozen=True)
class Sought:
    """The filters of a list of people."""

    school_id: UUID | None = None
    who: Literal["students", "staff"] | None = None
    status: Literal["active", "archived"] | None = None
    origin: Literal["synced", "local"] | None = None
    grade: str | None = None


def school(district_id: str, school_id: UUID) -> dict[str, Any]:
    """Return a school: school_id, school, origin, source, status.

    Raises SettingsInvalid if the district has no such school.
    """
    return _one("operations/pages/directory.school", "school", district_id=district_id, school_id=school_id)


def classes(district_id: str, school_id: UUID, page: int | None) -> list[dict[str, Any]]:
    """Return a page of a school's classes, active ones first.

    Each row has class_id, title, period, course, terms, origin, source, status, students and staff; `found` counts all.
    """
    return _rows("operations/pages/directory.classes", district_id=district_id, school_id=school_id, **bounds(page))


def class_(district_id: str, class_id: UUID) -> dict[str, Any]:
    """Return a class with its school, course and terms.

    Raises SettingsInvalid if the district has no such class.
    """
    return _one("operations/pages/directory.class", "class", district_id=district_id, class_id=class_id)


def people(district_id: str, sought: Sought, page: int | None) -> list[dict[str, Any]]:
    """Return a page of people: staff first, students by grade.

    Each row has user_id, name, identifier, role, grade, schools, origin, source and status; `found` counts all.
    """
    return _rows(
        "operations/pages/directory.people",
        district_id=district_id,
        grades=list(IN_ORDER),
        **sought.__dict__,
        **bounds(page),
    )


def person(district_id: str, user_id: UUID) -> dict[str, Any]:
    """Return a person, their origin, and the `classes` they are in.

    Raises SettingsInvalid if the district has no such person.
    """
    key = {"district_id": district_id, "user_id": user_id}
    return _one("operations/pages/directory.person", "person", **key) | {
        "classes": _rows("operations/pages/directory.enrolled", **key)
    }


def _one(name: str, what: str, **key: Any) -> dict[str, Any]:
    found = _rows(name, **key)
    if not found:
        raise SettingsInvalid(f"the district has no such {what}", fix="find it on the district's page")
    return found[0]


def _rows(name: str, **key: Any) -> list[dict[str, Any]]:
    with transaction() as connection:
        return rows(connection, name, **key)
