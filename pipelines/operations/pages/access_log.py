"""Record who reads rows that name people: in the audit log, before the rows are returned (FERPA, GC-20)."""

from __future__ import annotations

import json
from typing import Any

from pipelines.store.engine import transaction
from pipelines.store.statements import execute


def record(district_id: str, actor: str, what: str, **details: Any) -> None:
    """Record that `actor` reads `what`. The details identify the rows and contain none of their values."""
    details_json = json.dumps({name: value for name, value in details.items() if value not in (None, "")}, default=str)
    with transaction() as connection:
        execute(
            connection,
            "operations/pages/validations.record_access",
            district_id=district_id,
            actor=actor,
            act=f"look: {what}",
            details=details_json,
        )
