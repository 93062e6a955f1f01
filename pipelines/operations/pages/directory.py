"""Who and what is in the roster now: a school's classes, people, one class, one person (CT-09, SL-20, SL-27, CK-02).

Everything here names people. Nobody is searched for by name: what is sought stands in addresses, and those in logs.
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
    """Which people are looked for."""

    school_id: UUID | None = None
    who: Literal["students", "staff"] | None = None
    status: Literal["active", "archived"] | None = None
    origin: Literal["synced", "local"] | None = None
    grade: str | None = None


def school(district_id: str, school_id: UUID) -> dict[str, Any]:
    """A school: school_id, school, origin, source, status. Raises SettingsInvalid when the district has none such."""
    return _one("operations/pages/directory.school", "school", district_id=district_id, school_id=school_id)


def classes(district_id: str, school_id: UUID, page: int | None) -> list[dict[str, Any]]:
    """A page of a school's classes, active ones first: class_id, title, period, course, terms, origin, source, status,
    students, staff; `found` in all."""
    return _rows("operations/pages/directory.classes", district_id=district_id, school_id=school_id, **bounds(page))


def class_(district_id: str, class_id: UUID) -> dict[str, Any]:
    """A class, with its school, course and terms. Raises SettingsInvalid when the district has none such."""
    return _one("operations/pages/directory.class", "class", district_id=district_id, class_id=class_id)


def people(district_id: str, sought: Sought, page: int | None) -> list[dict[str, Any]]:
    """A page of people, staff first, students by grade: user_id, name, identifier, role, grade, schools, origin,
    source, status; `found` in all."""
    return _rows(
        "operations/pages/directory.people",
        district_id=district_id,
        grades=list(IN_ORDER),
        **sought.__dict__,
        **bounds(page),
    )


def person(district_id: str, user_id: UUID) -> dict[str, Any]:
    """Somebody: who it is, where from, and in which `classes`. Raises SettingsInvalid for nobody."""
    key = {"district_id": district_id, "user_id": user_id}
    return _one("operations/pages/directory.person", "person", **key) | {
        "classes": _rows("operations/pages/directory.enrolled", **key)
    }


def _one(name: str, what: str, **key: Any) -> dict[str, Any]:
    found = _rows(name, **key)
    if not found:
        raise SettingsInvalid(f"the district has no such {what}", fix="look for it on the district's page")
    return found[0]


def _rows(name: str, **key: Any) -> list[dict[str, Any]]:
    with transaction() as connection:
        return rows(connection, name, **key)
