"""Students' marks as Canvas's submissions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sandbox.vendors.canvas import periods
from sandbox.vendors.canvas.gradebook import Column, Mark
from sandbox.vendors.canvas.records import Campus, Record

_SPREAD = 100_000_000  # more than there are users
_EMPTY = [
    "attempt",
    "body",
    "cached_due_date",
    "custom_grade_status_id",
    "extra_attempts",
    "sticker",
    "submission_type",
    "submitted_at",
]
_SAME = [
    "score",
    "grade",
    "entered_score",
    "entered_grade",
    "points_deducted",
    "excused",
    "graded_at",
    "posted_at",
    "grader_id",
    "workflow_state",
    "late_policy_status",
    "seconds_late",
]


def record(campus: Campus, column: Column, user: int, mark: Mark | None = None) -> Record:
    """One student's submission to one assignment; there is one even where nothing ever happened."""
    mark = mark or column.mark(user)
    made: Record = {
        "id": column.id * _SPREAD + user,
        "user_id": user,
        "assignment_id": column.id,
        "late": mark.late_policy_status == "late" or bool(mark.points_deducted),
        "missing": mark.late_policy_status == "missing",
        "redo_request": False,
        "grade_matches_current_submission": True,
        "grading_period_id": periods.number(campus.account.behaviour, column.due_at),
    }
    for name in _SAME:
        made[name] = getattr(mark, name)
    for name in _EMPTY:
        made[name] = None
    made["cached_due_date"] = column.due_at
    return made


def listed(campus: Campus, columns: Iterable[Column], users: Iterable[int]) -> Iterator[Record]:
    """The submissions of these students to these assignments, the assignments they have."""
    users = sorted(users)
    for column in columns:
        for user in users:
            if column.is_for(user):
                yield record(campus, column, user)
