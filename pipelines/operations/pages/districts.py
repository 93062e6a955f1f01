"""List all districts at a glance, and one district's schools, nights and sources (CT-09, CK-02)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipelines.store.engine import transaction
from pipelines.store.statements import rows

NIGHTS = 30


def newest(district_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return the newest run of each district: run_id, as_of, status, code, describes, holds.

    Before the district's first run, the fields of the run are None.
    """
    with transaction() as connection:
        return rows(connection, "operations/pages/districts.newest", districts=list(district_ids))


def nights(district_id: str) -> list[dict[str, Any]]:
    """Return the last nights, oldest first: run_id, as_of, status, received, quarantined, changed, held."""
    with transaction() as connection:
        return rows(connection, "operations/pages/districts.nights", district_id=district_id, nights=NIGHTS)


def schools(district_id: str) -> list[dict[str, Any]]:
    """Return each school.

    Each row has school_id, school, origin, status, sources, classes, students, staff, local people and last_import.
    """
    with transaction() as connection:
        return rows(connection, "operations/pages/districts.schools", district_id=district_id)
