"""What people do in Canvas behind an export's back, and what a test may look at that no client sees."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Literal

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict

from sandbox.vendors.account import Account
from sandbox.vendors.canvas import class_list, columns, editing, find, grading, jobs, marks
from sandbox.vendors.canvas.gradebook import Book, Change, Column, now
from sandbox.vendors.canvas.records import Campus
from sandbox.vendors.canvas.refusals import Refused

State = Literal["active", "invited", "inactive", "completed", "deleted", "rejected"]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    district: str | None = None  # the first
    course: str  # a number, or sis_course_id:...


class Place(_Asked):
    """A student's enrollment in a course from now on."""

    user: str  # a number, or sis_user_id:...
    state: State


class Correction(_Asked):
    """An instructor's own grade; neither score nor excused: cleared."""

    assignment: str
    user: str
    score: float | None = None
    excused: bool = False


class Alteration(_Asked):
    """What an instructor changes about a column; `deleted` takes it away."""

    assignment: str
    changes: dict[str, Any] = {}
    deleted: bool = False


def route(app: FastAPI, account_of: Callable[[str | None], Account]) -> None:
    """Give the control server these routes."""

    @app.get("/_control/canvas")
    def look(district: str | None = None, course: str | None = None) -> Mapping[str, Any]:
        account = account_of(district)
        with account.lock:
            jobs.advance(_campus(account))
            if course is None:
                return {"changes": account.grades.audit()}
            book = _book(account, course)
            return {"columns": [_tell(column) for column in book.columns.values()]}

    @app.post("/_control/canvas/seat")
    def seat(place: Place) -> Mapping[str, Any]:
        account = account_of(place.district)
        with account.lock:
            key = _book(account, place.course).course, _user(account, place.user)
            account.grades.seats[key] = place.state
            account.renew()
        return {}

    @app.post("/_control/canvas/grade")
    def correct(wish: Correction) -> Mapping[str, Any]:
        account = account_of(wish.district)
        with _opened(account, wish.course) as book:
            _correct(account, book, _column(book, wish.assignment), wish)
        return {}

    @app.post("/_control/canvas/column")
    def alter(wish: Alteration) -> Mapping[str, Any]:
        account = account_of(wish.district)
        with _opened(account, wish.course) as book:
            column = _column(book, wish.assignment)
            _alter(account, book, column, wish)
            return _tell(column)


@contextmanager
def _opened(account: Account, course: str) -> Iterator[Book]:
    """A course's gradebook, after the jobs that are due, and with nobody else at it."""
    with account.lock:
        jobs.advance(_campus(account))
        yield _book(account, course)


def _campus(account: Account) -> Campus:
    return account.kept(("canvas", "control"), lambda: Campus(account, ""))


def _book(account: Account, course: str) -> Book:
    try:
        return account.grades.book(find.course(_campus(account), course))
    except Refused:
        raise ValueError(f"no course {course!r}") from None


def _column(book: Book, assignment: str) -> Column:
    column = columns.find(book, assignment)
    if column is None:
        raise ValueError(f"no assignment {assignment!r}")
    return column


def _user(account: Account, user: str) -> int:
    number = class_list.number(_campus(account), user)
    if number is None:
        raise ValueError(f"no user {user!r}")
    return number


def _teacher(account: Account, book: Book) -> int:
    """The number of the teacher of a course's first section."""
    row = find.row(_campus(account), "courses", str(book.course))[0]
    classes = account.world.classes
    return int(_campus(account).users["teacher"][classes["teacher"][classes["course"] == row].iloc[0]])


def _correct(account: Account, book: Book, column: Column, wish: Correction) -> None:
    user, teacher, at = _user(account, wish.user), _teacher(account, book), now()
    score = None if wish.excused else wish.score
    shown = marks.grade(column.grading_type, column.points_possible, score)
    graded = score is not None or wish.excused
    before = column.mark(user)
    after = replace(
        before,
        score=score,
        grade=shown,
        entered_score=score,
        entered_grade=shown,
        points_deducted=None,
        excused=wish.excused,
        graded_at=at,
        grader_id=teacher,
        posted_at=before.posted_at or (None if column.post_manually else at),
        workflow_state="graded" if graded else before.workflow_state,
    )
    grading.keep(_campus(account), book, column, user, after, grader=teacher)


def _alter(account: Account, book: Book, column: Column, wish: Alteration) -> None:
    teacher = _teacher(account, book)
    if unknown := wish.changes.keys() - editing.CHANGEABLE:
        raise ValueError(f"a column has no {min(unknown)!r}; known: {', '.join(sorted(editing.CHANGEABLE))}")
    for name, value in wish.changes.items():
        setattr(column, name, value)
    column.deleted, column.updated_at = wish.deleted, now()
    what = "deleted" if wish.deleted else "updated"
    account.grades.note(book, Change(what, book.course, column.id, teacher, at=column.updated_at))


def _tell(column: Column) -> dict[str, Any]:
    """A column and every mark in it, deleted or not."""
    names = ("id", "name", "points_possible", "published", "due_at", "group", "submission_types", "description")
    more = ("sis_assignment_id", "integration_id", "post_manually", "omit_from_final_grade", "deleted")
    told = {name: getattr(column, name) for name in (*names, *more)}
    marks_ = ("score", "excused", "grader_id", "posted_at")
    told["marks"] = {user: {name: getattr(mark, name) for name in marks_} for user, mark in column.marks.items()}
    return told
