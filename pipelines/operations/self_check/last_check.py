"""Store the last complete self-check, for those who read it without asking any source again."""

from __future__ import annotations

import json
from typing import Any

from pipelines.store.engine import transaction
from pipelines.store.statements import execute, rows


def keep(district_id: str, version: str, facts: dict[str, Any]) -> None:
    """Store a check in place of the one before."""
    with transaction() as connection:
        execute(
            connection, "operations/self_check.keep", district_id=district_id, version=version, facts=json.dumps(facts)
        )


def last(district_id: str) -> dict[str, Any] | None:
    """Return the last check: its facts, the settings' `version` and its time (`at`); None before the first check."""
    with transaction() as connection:
        found = rows(connection, "operations/self_check.kept", district_id=district_id)
    return found[0]["facts"] | {"version": found[0]["version"], "at": found[0]["at"]} if found else None
