"""Read scores back from Canvas: a score counts as synced only if it was seen there."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from pipelines.canvas.grades import Grade, read_grades
from pipelines.grades.ledger import State, write_states
from pipelines.grades.score_change import NOTHING, is_same
from pipelines.http.client import Client
from pipelines.runs import Counts, Run
from pipelines.store.engine import transaction
from pipelines.store.statements import execute, rows

# The reason of a score that Canvas does not have, by the trouble of its bulk update.
_TROUBLES = {"MISSING": "NOT_GRADABLE", "UNPUBLISHED": "UNPUBLISHED", "REFUSED": "REFUSED"}


def verify(run: Run, course: int, api: Client) -> Counts:
    """Read back the scores sent to a course, and record each score's state.

    There are four states, each with its reason.
    """
    key = run.key | {"course_number": course}
    with transaction() as connection:
        sent = rows(connection, "grades/push.sent", **key)
    numbers = sorted({row["assignment_number"] for row in sent if row["assignment_number"] is not None})
    grades = read_grades(api, course, numbers) if numbers else {}
    states = [_state(row, grades.get((row["assignment_number"], row["user_number"])), run) for row in sent]
    counts: Counter[str] = Counter(f"read.{one.reason}" for one in states)
    with transaction() as connection:
        write_states(connection, run, course, states)
        result = {"status": "verified", "counts": json.dumps(counts), "facts": "{}"}
        execute(connection, "grades/compare.finish", **key, **result)
    return dict(counts)


def _state(row: Mapping[str, Any], there: Grade | None, run: Run) -> State:
    now, wanted = there or NOTHING, Grade(row["new"], row["new_excused"])
    if is_same(wanted, now):
        reason = "UNDONE" if run.reverts else "EXCUSED" if wanted.excused else "CONFIRMED"
    else:
        reason = _TROUBLES.get(row["trouble"], row["trouble"] or "NOT_WRITTEN")
    return State(row["column_id"], row["user_id"], reason if reason != "UNEXPECTED" else "NOT_WRITTEN", now)
