"""List who was in a class, or in a school's classes, on a night: from the roster's rows and from history."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from pipelines.errors import SettingsInvalid
from pipelines.store.engine import transaction
from pipelines.store.statements import rows


def members(district_id: str, on: date, class_id: str) -> list[dict[str, Any]]:
    """Return the members of a class, by role and name.

    Each row has role, given_name, family_name, source_id and user_id, and the enrollment's origin and source.
    `class_id` is the class's id at its source, or ours. Raises SettingsInvalid if the district has no such class.
    """
    key = {"class_id": class_id, "ours": _ours(class_id)}
    with transaction() as connection:
        classes = [one["id"] for one in rows(connection, "operations/as_of.classes", district_id=district_id, **key)]
        if not classes:
            raise SettingsInvalid("the district has no class with this id", fix="find the id in the plan or the export")
        return rows(connection, "operations/as_of.members", district_id=district_id, classes=classes, night=on)


def school_members(district_id: str, on: date, school: str) -> list[dict[str, Any]]:
    """Return who was in which class of a school, by class, role and name.

    Each row has class and the fields of `members`. `school` is the school's id at the source. Raises SettingsInvalid if
    the district has no such school.
    """
    key = {"district_id": district_id, "school": school}
    with transaction() as connection:
        if not rows(connection, "operations/as_of.schools", **key):
            raise SettingsInvalid("the district has no school with this id", fix="find the id in the export")
        return rows(connection, "operations/as_of.school_members", **key, night=on)


def _ours(class_id: str) -> UUID | None:
    try:
        return UUID(class_id)
    except ValueError:
        return None
