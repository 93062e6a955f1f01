"""Checks after the merge: the run wrote what it planned and nothing else, and each reference leads to a row."""

from __future__ import annotations

from typing import Any

from pipelines.errors import AuditFailed
from pipelines.runs import Counts, Run
from pipelines.store.engine import transaction
from pipelines.store.statements import rows


def prove(run: Run) -> Counts:
    """Compare the run's written rows with its plan, by counts, and count broken references.

    Raises AuditFailed that names each count that differs and each kind of broken reference.
    """
    with transaction() as connection:
        planned, written = {}, {}
        if run.reverts is None:  # an undo has no plan to compare with
            planned = _by_entity(rows(connection, "audit/checks.planned", **run.key))
            written = _by_entity(rows(connection, "audit/checks.written", **run.key, is_late=run.is_late))
        broken = {
            row["reference"]: row["rows"] for row in rows(connection, "audit/checks.broken_references", **run.key)
        }
    wrong = [
        f"{name}: planned {planned.get(name, 0)}, written {written.get(name, 0)}"
        for name in sorted(planned.keys() | written.keys())
        if planned.get(name, 0) != written.get(name, 0)
    ]
    wrong += [f"{reference}: {count} broken references" for reference, count in broken.items() if count]
    if wrong:
        raise AuditFailed("; ".join(wrong), fix="follow the runbook before the next night")
    return {"audited.rows": sum(written.values()), "audited.references": len(broken)}


def totals(run: Run) -> dict[str, Any]:
    """Return the roster's size after the run: active students, classes, enrollments."""
    with transaction() as connection:
        return rows(connection, "audit/checks.totals", district_id=run.district_id)[0]


def _by_entity(found: list[dict[str, Any]]) -> Counts:
    return {f"{row['entity']} {row['status']}": row["rows"] for row in found}
