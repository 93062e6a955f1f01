"""List the states of grades in Canvas: by class, and per student and column of one class (IC-12 to IC-17)."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any
from uuid import UUID

from pipelines.operations.pages.paging import bounds
from pipelines.store.engine import transaction
from pipelines.store.statements import rows
from schemas.grade_states import REASONS


def classes(district_id: str, words: str | None, page: int | None) -> list[dict[str, Any]]:
    """Return a page of the classes that have columns.

    Each row has class_id, run_id, title, school, columns, and the number of scores in each state.
    """
    with transaction() as connection:
        return rows(
            connection, "operations/pages/grades.classes", district_id=district_id, words=words or None, **bounds(page)
        )


def columns(district_id: str, class_id: UUID) -> list[dict[str, Any]]:
    """Return the columns of a class as its newest export planned them.

    Each row has run_id, column_id, title, kind, points, class and school.
    """
    with transaction() as connection:
        return rows(connection, "operations/pages/grades.columns", district_id=district_id, class_id=class_id)


def grid(district_id: str, class_id: UUID, shown: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a row per student: user_id, name, and `cells` in the order of the columns. The rows name people.

    A cell has state, reason, score, excused and at; what the reason means, who acts and how.
    """
    order = [column["column_id"] for column in shown]
    with transaction() as connection:
        found = rows(
            connection, "operations/pages/grades.states", district_id=district_id, class_id=class_id, columns=order
        )
    students = []
    for user_id, cells in groupby(found, key=lambda one: one["user_id"]):
        own = {one["column_id"]: one for one in cells}
        first = next(iter(own.values()))
        name = f"{first['family_name'] or ''}, {first['given_name'] or ''}".strip(", ")
        students.append({"user_id": user_id, "name": name, "cells": [_cell(own[column]) for column in order]})
    return students


def _cell(one: Mapping[str, Any]) -> dict[str, Any]:
    reason = REASONS[one["reason"]]
    kept = {name: one[name] for name in ("state", "reason", "score", "excused", "at")}
    return kept | {"what": reason.explanation, "actor": reason.actor, "action": reason.action}
