"""Who was in a class, or in a school's classes, on a night: the roster's rows and, before they changed, history."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from pipelines.errors import SettingsInvalid
from pipelines.store.engine import transaction
from pipelines.store.statements import rows


def members(district_id: str, on: date, class_id: str) -> list[dict[str, Any]]:
    """The members of a class, by role and name: role, given_name, family_name, source_id, user_id, and
    whose the enrollment is: origin, source.

    `class_id` is the class's id at its source, or ours. Raises SettingsInvalid when the district has no such class.
    """
    key = {"class_id": class_id, "ours": _ours(class_id)}
    with transaction() as connection:
        classes = [one["id"] for one in rows(connection, "operations/as_of.classes", district_id=district_id, **key)]
        if not classes:
            raise SettingsInvalid("the district has no class of this id", fix="look it up in the plan or the export")
        return rows(connection, "operations/as_of.members", district_id=district_id, classes=classes, night=on)


def school_members(district_id: str, on: date, school: str) -> list[dict[str, Any]]:
    """Who was in which class of a school, by class, role and name: class, and what `members` tells.

    `school` is its id at the source. Raises SettingsInvalid when the district has no such school.
    """
    key = {"district_id": district_id, "school": school}
    with transaction() as connection:
        if not rows(connection, "operations/as_of.schools", **key):
            raise SettingsInvalid("the district has no school of this id", fix="look it up in the export")
        return rows(connection, "operations/as_of.school_members", **key, night=on)


def _ours(class_id: str) -> UUID | None:
    try:
        return UUID(class_id)
    except ValueError:
        return None
