"""Revert an export: restore what Canvas had before, where nobody has changed the score since."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pipelines.canvas.grades import Grade, read_grades
from pipelines.errors import SettingsInvalid
from pipelines.grades.compare import BATCH_ROWS
from pipelines.grades.ledger import as_table, plain
from pipelines.grades.score_change import NOTHING, is_same
from pipelines.http.client import Client
from pipelines.runs import Counts, Run
from pipelines.store.copy import copy
from pipelines.store.engine import transaction
from pipelines.store.statements import execute, rows

Row = Mapping[str, Any]


def select(run: Run, undone: Run) -> Counts:
    """Choose the columns that the export `undone` sent scores to.

    Raises SettingsInvalid for a run of another kind or another district.
    """
    if undone.kind != "gradebook" or undone.district_id != run.district_id:
        raise SettingsInvalid(
            f"run {undone.run_id} is not an export of this district's grades", fix="see: rollbook runs"
        )
    with transaction() as connection:
        execute(connection, "grades/select.forget", **run.key)
        execute(connection, "grades/undo.add_columns", **run.key, undone=undone.run_id)
        execute(connection, "grades/select.add_exports", **run.key)
        return {"courses": len(rows(connection, "grades/select.courses", **run.key))}


def compare(run: Run, course: int, api: Client) -> Counts:
    """Plan to restore the earlier score wherever Canvas still has the sent one.

    The scores that were changed since are only counted (`changed_since`).
    """
    key = run.key | {"course_number": course}
    with transaction() as connection:
        sends = rows(connection, "grades/undo.sends", **key, undone=run.reverts)
    numbers = sorted({row["assignment_number"] for row in sends})
    there = read_grades(api, course, numbers) if numbers else {}
    changes = [row for row in sends if _is_ours(row, there)]
    counts = {"changes": len(changes), "changed_since": len(sends) - len(changes)}
    planned: dict[str, list[Any]] = {
        "column_id": [str(row["column_id"]) for row in changes],
        "user_id": [str(row["user_id"]) for row in changes],
        "user_number": [row["user_number"] for row in changes],
        "old": [plain(row["new"]) for row in changes],
        "old_excused": [row["new_excused"] for row in changes],
        "new": [plain(row["old"]) for row in changes],
        "new_excused": [row["old_excused"] for row in changes],
        "drifted": [False for _ in changes],
        "held": [False for _ in changes],
    }
    with transaction() as connection:
        execute(connection, "grades/compare.forget", **key)
        execute(connection, "grades/compare.open_changes")
        copy(connection, "pg_temp", "planned_changes", as_table(planned))
        execute(connection, "grades/compare.write_changes", **key, batch_rows=BATCH_ROWS)
        result = {"status": "compared", "counts": json.dumps(counts), "facts": "{}"}
        execute(connection, "grades/compare.finish", **key, **result)
    return counts


def _is_ours(row: Row, there: Mapping[tuple[int, int], Grade]) -> bool:
    now = there.get((row["assignment_number"], row["user_number"]), NOTHING)
    return is_same(Grade(row["new"], row["new_excused"]), now)
