"""Send scores in bulk: a column and some hundred students at a time, one bulk update after the other in a course.

Every bulk update is recorded before it is sent. If the process dies, the next one resumes there. Scores that may have
arrived are sent again, because Canvas does not write a score that it already has.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pipelines.canvas.grades import Grade, read_grades, read_progress, send_grade, send_grades
from pipelines.errors import SourceUnavailable
from pipelines.grades.assignments import create_assignments
from pipelines.grades.score_change import NOTHING, is_same
from pipelines.http.client import Client
from pipelines.runs import Counts, Run
from pipelines.settings import Canvas
from pipelines.store.engine import transaction
from pipelines.store.statements import execute, rows

log = logging.getLogger(__name__)

Row = Mapping[str, Any]
_SINGLES = 25  # scores that are sent one by one to find which of them broke a bulk update off
_OVER = {"completed", "failed"}


@dataclass(frozen=True)
class Waiting:
    """A bulk update that Canvas has not finished, and the time until which the run waits for it."""

    progress: int
    until: datetime


@dataclass(frozen=True)
class CourseTask:
    """One course of one run, with the settings and the client to reach it."""

    run: Run
    course: int
    canvas: Canvas
    api: Client

    @property
    def key(self) -> dict[str, Any]:
        """Return the parameters by which statements find the rows of this course."""
        return self.run.key | {"course_number": self.course}


def push(task: CourseTask) -> Counts | Waiting:
    """Send what is left to send. Return the counts, or the bulk update to wait for before the next call.

    Raises SourceUnavailable if Canvas takes longer over a bulk update than the settings allow.
    """
    with transaction() as connection:
        execute(connection, "grades/push.disclose", **task.key, recipient=task.canvas.connection)
    columns = create_assignments(task.run, task.course, task.canvas, task.api)
    if columns:
        _record_status(task, "compared", columns)
    while batch := _next(task):
        if batch["status"] != "queued":
            batch = _send(task, batch)
        waiting = _check_progress(task, batch) if batch["status"] == "queued" else None
        if waiting:
            return waiting
    with transaction() as connection:
        sent: Counts = rows(connection, "grades/push.count", **task.key)[0]
    _record_status(task, "pushed", sent)
    return sent


def _next(task: CourseTask) -> Row | None:
    with transaction() as connection:
        batches = rows(connection, "grades/push.batches", **task.key)
    return next((batch for batch in batches if batch["status"] not in _OVER), None)


def _send(task: CourseTask, batch: Row) -> Row:
    """Record a bulk update, then send it."""
    column = {"column_id": batch["column_id"], "n": batch["n"]}
    with transaction() as connection:
        undo = "undo" if task.run.reverts else None
        execute(connection, "grades/ledger.write_ahead", **task.key, **column, reason=undo)
    _update_batch(task, batch, "posting")
    grades = {row["user_number"]: _grade(row) for row in _changes(task, batch)}
    progress = send_grades(task.api, task.course, batch["assignment_number"], grades)
    if progress is None:
        return _update_batch(task, batch, "failed", message="REFUSED")
    return _update_batch(task, batch, "queued", progress)


def _check_progress(task: CourseTask, batch: Row) -> Waiting | None:
    """Read the progress of a bulk update; if it broke off, resume what it left."""
    progress = read_progress(task.api, batch["progress_number"])
    if not progress.done:
        until = batch["at"] + timedelta(seconds=task.canvas.progress_seconds)
        if datetime.now(UTC) > until:
            raise SourceUnavailable(
                "canvas did not finish a bulk update in time",
                owner="Canvas administrator",
                fix="nothing, if Canvas catches up; the next try first reads what Canvas has",
            )
        return Waiting(batch["progress_number"], until)
    if progress.trouble == "UNEXPECTED":
        _resume(task, batch)
    _update_batch(
        task, batch, "failed" if progress.trouble else "completed", batch["progress_number"], progress.trouble
    )
    return None


def _resume(task: CourseTask, batch: Row) -> None:
    """Resume a bulk update that broke off: Canvas graded some students, and does not name the one that failed.

    As long as each try gets further, the rest is sent again in bulk. Otherwise scores are sent one by one, which
    identifies the students that Canvas refuses (contract 2.2).
    """
    changes = _changes(task, batch)
    there = read_grades(task.api, task.course, [batch["assignment_number"]])
    now = {row["user_id"]: there.get((batch["assignment_number"], row["user_number"]), NOTHING) for row in changes}
    left = [row for row in changes if not is_same(_grade(row), now[row["user_id"]])]
    log.info("push: a bulk update broke off; %d of %d scores are left", len(left), len(changes))
    if len(left) == len(changes):
        refused = [row for row in left[:_SINGLES] if not _send_one(task, batch, row)]
        left = left[_SINGLES:]
        again = _set_apart(task, batch, refused)
        if again is not None:
            _update_batch(task, {**batch, "n": again}, "failed", message="REFUSED")
    _set_apart(task, batch, left)


def _send_one(task: CourseTask, batch: Row, row: Row) -> bool:
    return send_grade(task.api, task.course, batch["assignment_number"], row["user_number"], _grade(row))


def _set_apart(task: CourseTask, batch: Row, changes: Sequence[Row]) -> int | None:
    """Move scores into a bulk update of their own; return its number."""
    if not changes:
        return None
    moved = {"column_id": batch["column_id"], "user_numbers": [row["user_number"] for row in changes]}
    with transaction() as connection:
        return int(execute(connection, "grades/push.set_apart", **task.run.key, **moved).scalars().first() or 0)


def _changes(task: CourseTask, batch: Row) -> list[dict[str, Any]]:
    with transaction() as connection:
        return rows(connection, "grades/push.changes", **task.key, column_id=batch["column_id"], n=batch["n"])


def _grade(row: Row) -> Grade:
    return Grade(row["new"], row["new_excused"])


def _update_batch(
    task: CourseTask, batch: Row, status: str, progress: int | None = None, message: str | None = None
) -> Row:
    result = {"progress_number": progress, "status": status, "message": message}
    key = {"column_id": batch["column_id"], "n": batch["n"]}
    with transaction() as connection:
        at = execute(connection, "grades/push.keep_batch", **task.key, **key, **result).scalar_one()
    return {**batch, **result, "at": at}


def _record_status(task: CourseTask, status: str, counts: Counts) -> None:
    with transaction() as connection:
        result = {"status": status, "counts": json.dumps(counts), "facts": "{}"}
        execute(connection, "grades/compare.finish", **task.key, **result)
