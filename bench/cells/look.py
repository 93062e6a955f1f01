"""Who was in a class, or in a school's classes, on a night."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from bench import DISTRICT
from pipelines.operations import as_of
from pipelines.review.holds import waiting


def prepare(order: Mapping[str, Any]) -> None:
    """Connect once."""
    waiting(DISTRICT)


def work(order: Mapping[str, Any]) -> dict[str, Any]:
    """Look up the ordered class or school."""
    look = as_of.members if order["of"] == "class" else as_of.school_members
    return {"rows": len(look(DISTRICT, date.fromisoformat(order["on"]), order["id"])), "transaction": None}
