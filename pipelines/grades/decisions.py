"""Record what people decide: activities to send, classes that stay open, scores to overwrite, columns to recreate."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from pipelines.errors import SettingsInvalid
from pipelines.runs import Run
from pipelines.store.engine import transaction
from pipelines.store.statements import execute, parameters_of, rows


def select(district_id: str, wanted: tuple[Sequence[str] | None, Sequence[str] | None], selected: bool, by: str) -> int:
    """Select activities or deselect them; return how many (IC-19).

    `wanted` are the ids of the classes and of the activities; None means all.
    """
    classes, activities = wanted
    named = {"classes": _list(classes), "activities": _list(activities)}
    details = {"selected": selected, "decided_by": by, **named}
    return _decide(
        district_id,
        "grades/decisions.select",
        details,
        "there is no such activity; list them with: rollbook grades list",
    )


def unarchive(district_id: str, class_id: str, by: str) -> int:
    """Leave a class open after its term's end; the class stays open (IC-26)."""
    details = {"class_id": class_id, "decided_by": by}
    return _decide(
        district_id, "grades/decisions.unarchive", details, "there is no such class, or the class is already open"
    )


def recreate(district_id: str, activity: str, by: str) -> int:
    """Allow a column whose Canvas assignment was deleted to be created again."""
    details = {"activity": activity, "decided_by": by}
    return _decide(
        district_id, "grades/decisions.recreate", details, "no Canvas assignment of this activity was deleted in Canvas"
    )


def approve(run: Run, by: str) -> int:
    """Allow the next export to make the overwrites that this run held, where Canvas still has the score seen then."""
    details = {"run_id": run.run_id, "decided_by": by}
    return _decide(run.district_id, "grades/decisions.approve", details, "the run holds no overwrite")


def students(run: Run, state: str | None, limit: int) -> list[dict[str, Any]]:
    """Return each student's state, with the old and the new score.

    The rows name people: only for those who may see them.
    """
    with transaction() as connection:
        return rows(connection, "grades/report.students", **run.key, state=state, rows=limit)


def _decide(district_id: str, statement: str, details: dict[str, Any], nothing: str) -> int:
    """Apply a decision and record it.

    Raises SettingsInvalid if the decision changes nothing.
    """
    name, parameters = statement.rpartition(".")[2], {"district_id": district_id} | details
    with transaction() as connection:
        done = execute(connection, statement, **{key: parameters[key] for key in parameters_of(statement)}).rowcount
        if not done:
            raise SettingsInvalid(nothing, fix="correct the ids")
        record = {"subject": f"grades.{name}", "choice": "on" if details.get("selected", True) else "off"}
        record_json = json.dumps({key: value for key, value in details.items() if key != "decided_by"} | {"rows": done})
        execute(
            connection,
            "grades/decisions.record",
            district_id=district_id,
            **record,
            details=record_json,
            decided_by=details["decided_by"],
        )
        return int(done)


def _list(names: Sequence[str] | None) -> list[str] | None:
    return list(names) if names else None
