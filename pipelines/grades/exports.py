"""Results of a run's courses: failures, the run's status and the counts in total."""

from __future__ import annotations

from collections import Counter

from pipelines import runs
from pipelines.errors import CoursesFailed, Explained, RollbookError
from pipelines.runs import Counts, Run
from pipelines.store.engine import transaction
from pipelines.store.statements import execute, rows

_DONE = {True: "compared", False: "verified"}


def fail(run: Run, course: int, error: Exception) -> None:
    """Record the error that stopped a course.

    An unexpected error may quote a student, so only its type is recorded.
    """
    unexpected = Explained("UNEXPECTED", type(error).__name__, "data engineer", "read the log of the course's task")
    ended = runs.ended_by(error.explained if isinstance(error, RollbookError) else unexpected)
    with transaction() as connection:
        execute(connection, "grades/compare.fail", **run.key, course_number=course, **ended)


def conclusion(run: Run) -> tuple[str, RollbookError | None]:
    """Return the run's final status, and the error to raise if courses failed.

    The status is `applied`, `unchanged` if there was nothing to send, `planned` or `failed`.
    """
    with transaction() as connection:
        courses = rows(connection, "grades/select.courses", **run.key)
    unfinished = [one for one in courses if one["status"] != _DONE[run.plan_only]]
    if unfinished:
        what = f"{len(unfinished)} of {len(courses)} courses failed; the others are exported"
        return "failed", CoursesFailed(what, fix="see the run's report, then export again")
    if run.plan_only:
        return "planned", None
    moved = ("sent", "columns.created", "columns.adopted", "columns.renamed")
    return ("applied" if any(one["counts"].get(name) for one in courses for name in moved) else "unchanged"), None


def totals(run: Run) -> Counts:
    """Return the counts of all courses, added up; a count of zero is left out."""
    with transaction() as connection:
        courses = rows(connection, "grades/select.courses", **run.key)
    counts: Counter[str] = Counter()
    for one in courses:
        counts.update(one["counts"])
    return {name: count for name, count in counts.items() if count}
