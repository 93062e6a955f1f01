"""How a grade gets into a column: what it un-excuses, what it clears, and when it is no change at all."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sandbox.vendors.canvas import bodies, marks, periods
from sandbox.vendors.canvas.bodies import Body
from sandbox.vendors.canvas.gradebook import GRADER, Book, Change, Column, Mark, now
from sandbox.vendors.canvas.records import Campus

_AT_THIS_TIME = "Cannot grade this submission at this time: "
_CLOSED = f"{_AT_THIS_TIME}This assignment is in a closed grading period for this student"
_MODERATED = f"{_AT_THIS_TIME}This assignment is currently being moderated"
_NO_RIGHT = f"{_AT_THIS_TIME}You don't have permission to manage grades for this course"
_OFFLINE = ("none", "on_paper", "not_graded")


class GradeError(Exception):
    """A grade that Canvas doesn't take. In the midst of a bulk update it ends the update."""


@dataclass(frozen=True)
class Wish:
    """What a request asks for a student. `again`: write even what is the same already."""

    posted: str | None
    excuse: bool
    again: bool


def read(given: Body, *, again: bool) -> Wish:
    """A wish as a request says it."""
    return Wish(marks.say(given.get("posted_grade")), bodies.is_true(given.get("excuse")), again)


def put(campus: Campus, book: Book, column: Column, user: int, wish: Wish) -> None:
    """Grade a student, or excuse them, or (neither) clear both. Raises GradeError."""
    posted, excuse = wish.posted, wish.excuse
    if excuse and posted is not None:
        raise GradeError("Cannot simultaneously grade and excuse")
    before = column.mark(user)
    entered = marks.score(column.grading_type, column.points_possible, posted)
    lost = _deduction(campus, column, entered)
    score = None if entered is None else entered - (lost or 0)
    if not wish.again and score == before.score and excuse == bool(before.excused):
        return
    shown = marks.grade(column.grading_type, column.points_possible, score)
    if shown != before.grade:
        _check(campus, column)
    at = now()
    after = replace(before, score=score, grade=shown, entered_score=entered, points_deducted=lost, excused=excuse)
    after.entered_grade = marks.grade(column.grading_type, column.points_possible, entered)
    if score is not None or excuse:
        after.graded_at, after.grader_id, after.workflow_state = at, GRADER, "graded"
        after.posted_at = before.posted_at or (None if column.post_manually else at)
    keep(campus, book, column, user, after)


def keep(campus: Campus, book: Book, column: Column, user: int, after: Mark, *, grader: int = GRADER) -> None:
    """Write a mark down, and that it changed, if it did."""
    before = column.mark(user)
    column.marks[user] = after
    if (before.score, bool(before.excused)) == (after.score, bool(after.excused)):
        book.version += 1
        return
    excused = {"excused_before": bool(before.excused), "excused_after": bool(after.excused)}
    place = (book.course, column.id, grader, user)
    campus.account.grades.note(book, Change("graded", *place, before.score, after.score, **excused, at=now()))


def _check(campus: Campus, column: Column) -> None:
    behaviour = campus.account.behaviour
    if not behaviour.canvas_may_grade:
        raise GradeError(_NO_RIGHT)
    if periods.binds(behaviour, column.due_at):
        raise GradeError(_CLOSED)
    if column.moderated_grading:
        raise GradeError(_MODERATED)


def _deduction(campus: Campus, column: Column, entered: float | None) -> float | None:
    """What lateness costs; never where no submission is expected."""
    percent = campus.account.behaviour.canvas_late_percent
    if entered is None or not percent or not set(column.submission_types) - set(_OFFLINE):
        return None
    return max(0.0, min(entered, (column.points_possible or 0) * percent / 100))
