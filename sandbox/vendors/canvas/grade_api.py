"""The routes of grades: assignments and their groups, submissions, bulk updates and their progress."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from fastapi import Depends, FastAPI, Request
from starlette.responses import Response

from sandbox.vendors import ids
from sandbox.vendors.canvas import (
    bodies,
    class_list,
    columns,
    editing,
    find,
    grading,
    jobs,
    refusals,
    submissions,
)
from sandbox.vendors.canvas.answers import Canvas, one, page, reply
from sandbox.vendors.canvas.bodies import Body
from sandbox.vendors.canvas.gradebook import Book, Group
from sandbox.vendors.canvas.grading import GradeError
from sandbox.vendors.canvas.records import Campus
from sandbox.vendors.canvas.refusals import Refused
from sandbox.vendors.collection import encode

_COURSE = "/api/v1/courses/{course_id}"
_ONE = _COURSE + "/assignments/{assignment_id}"
_BUCKETS = ("past", "overdue", "undated", "ungraded", "unsubmitted", "upcoming", "future")
_BODY = Depends(bodies.read)
Place = Literal["courses", "sections"]
Do = Callable[[Campus, Book], Response]


def route(app: FastAPI, canvas: Canvas) -> None:
    """Give a server these routes."""
    _route_assignments(app, canvas)
    _route_one_assignment(app, canvas)
    _route_groups(app, canvas)
    _route_bulk(app, canvas)
    _route_submissions(app, canvas)
    _route_progress(app, canvas)


def _answer(canvas: Canvas, request: Request, course_id: str, do: Do) -> Response:
    """Answer about a course's gradebook, when the jobs that are due have run, while nobody else changes it."""

    def make(campus: Campus) -> Response:
        with campus.account.lock:
            jobs.advance(campus)
            return do(campus, campus.account.grades.book(find.course(campus, course_id)))

    return canvas.answer(request, make)


def _may_grade(campus: Campus) -> None:
    behaviour = campus.account.behaviour
    if not behaviour.canvas_may_grade:
        raise refusals.forbidden(behaviour.canvas_forbidden)


def _route_assignments(app: FastAPI, canvas: Canvas) -> None:
    @app.get(_COURSE + "/assignments")
    def assignments(request: Request, course_id: str) -> Response:
        return _answer(canvas, request, course_id, lambda campus, book: _list(request, campus, book))

    @app.get(_COURSE + "/assignment_groups/{group_id}/assignments")
    def of_group(request: Request, course_id: str, group_id: str) -> Response:
        return _answer(canvas, request, course_id, lambda campus, book: _list(request, campus, book, group_id))

    @app.post(_COURSE + "/assignments")
    def create(request: Request, course_id: str, body: Body = _BODY) -> Response:
        def do(campus: Campus, book: Book) -> Response:
            _may_grade(campus)
            if not isinstance(body.get("assignment"), dict):
                raise Refused(400, {"errors": [{"message": "assignment is missing"}]})
            column = editing.create(campus, book, body["assignment"])
            return reply(request, encode(columns.record(campus, book, column)), 201)

        return _answer(canvas, request, course_id, do)


def _route_one_assignment(app: FastAPI, canvas: Canvas) -> None:
    @app.get(_ONE)
    def show(request: Request, course_id: str, assignment_id: str) -> Response:
        def do(campus: Campus, book: Book) -> Response:
            return one(request, [columns.record(campus, book, columns.get(book, assignment_id))])

        return _answer(canvas, request, course_id, do)

    @app.put(_ONE)
    def edit(request: Request, course_id: str, assignment_id: str, body: Body = _BODY) -> Response:
        def do(campus: Campus, book: Book) -> Response:
            column = columns.get(book, assignment_id)
            _may_grade(campus)
            editing.edit(campus, book, column, bodies.inner(body, "assignment"))
            return one(request, [columns.record(campus, book, column)])

        return _answer(canvas, request, course_id, do)

    @app.delete(_ONE)
    def delete(request: Request, course_id: str, assignment_id: str) -> Response:
        def do(campus: Campus, book: Book) -> Response:
            column = columns.get(book, assignment_id)
            _may_grade(campus)
            editing.delete(campus, book, column)
            return one(request, [columns.record(campus, book, column)])

        return _answer(canvas, request, course_id, do)


def _route_groups(app: FastAPI, canvas: Canvas) -> None:
    @app.get(_COURSE + "/assignment_groups")
    def groups(request: Request, course_id: str) -> Response:
        def do(campus: Campus, book: Book) -> Response:
            return page(request, campus, lambda _: map(columns.group, book.groups), version=book.version)

        return _answer(canvas, request, course_id, do)

    @app.post(_COURSE + "/assignment_groups")
    def create(request: Request, course_id: str, body: Body = _BODY) -> Response:
        def do(campus: Campus, book: Book) -> Response:
            _may_grade(campus)
            name = str(body.get("name") or "Assignments")
            made = Group(
                campus.account.grades.number(), name, len(book.groups) + 1, float(body.get("group_weight") or 0)
            )
            book.groups.append(made)
            book.version += 1
            return reply(request, encode(columns.group(made)))

        return _answer(canvas, request, course_id, do)


def _route_bulk(app: FastAPI, canvas: Canvas) -> None:
    def start(request: Request, kind: Place, place: str, assignment_id: str, body: Body) -> Response:
        grades = bodies.inner(body, "grade_data")
        asked = {assignment_id: grades} if assignment_id and grades else grades
        if not all(isinstance(one, dict) for one in asked.values()):
            asked = {}

        def do(campus: Campus, book: Book) -> Response:
            sections = None if kind == "courses" else frozenset({ids.canvas_row("section", _section(campus, place))})
            job = jobs.post(campus, book, asked, sections, request.state.struck)
            return reply(request, encode(jobs.record(campus, job)))

        return (_answer if kind == "courses" else _answer_section)(canvas, request, place, do)

    @app.post("/api/v1/{kind}/{place}/submissions/update_grades")
    def several(request: Request, kind: Place, place: str, body: Body = _BODY) -> Response:
        return start(request, kind, place, "", body)

    @app.post("/api/v1/{kind}/{place}/assignments/{assignment_id}/submissions/update_grades")
    def single(request: Request, kind: Place, place: str, assignment_id: str, body: Body = _BODY) -> Response:
        return start(request, kind, place, assignment_id, body)


def _section(campus: Campus, section_id: str) -> int:
    return int(find.row(campus, "classes", section_id)[0])


def _answer_section(canvas: Canvas, request: Request, section_id: str, do: Do) -> Response:
    def make(campus: Campus) -> Response:
        course = int(campus.world.classes["course"].to_numpy()[_section(campus, section_id)])
        with campus.account.lock:
            jobs.advance(campus)
            return do(campus, campus.account.grades.book(ids.canvas_row("course", course)))

    return canvas.answer(request, make)


def _route_submissions(app: FastAPI, canvas: Canvas) -> None:
    @app.get(_COURSE + "/students/submissions")
    def of_students(request: Request, course_id: str) -> Response:
        return _answer(canvas, request, course_id, lambda campus, book: _marks_of(request, campus, book))

    @app.get(_ONE + "/submissions")
    def of_assignment(request: Request, course_id: str, assignment_id: str) -> Response:
        def do(campus: Campus, book: Book) -> Response:
            column = columns.get(book, assignment_id)
            users = class_list.students(campus, book.course, class_list.LISTED)
            return page(request, campus, lambda _: submissions.listed(campus, [column], users), version=book.version)

        return _answer(canvas, request, course_id, do)

    @app.get(_ONE + "/submissions/{user_id}")
    def show(request: Request, course_id: str, assignment_id: str, user_id: str) -> Response:
        def do(campus: Campus, book: Book) -> Response:
            column, user = columns.get(book, assignment_id), class_list.number(campus, user_id)
            if user not in class_list.students(campus, book.course, class_list.LISTED):
                raise Refused(404)
            return one(request, [submissions.record(campus, column, user)])

        return _answer(canvas, request, course_id, do)

    @app.put(_ONE + "/submissions/{user_id}")
    def grade(request: Request, course_id: str, assignment_id: str, user_id: str, body: Body = _BODY) -> Response:
        wish = bodies.inner(body, "submission")

        def do(campus: Campus, book: Book) -> Response:
            return _grade_one(request, campus, book, (assignment_id, user_id), wish)

        return _answer(canvas, request, course_id, do)


def _grade_one(request: Request, campus: Campus, book: Book, path: tuple[str, str], wish: Body) -> Response:
    column, user = columns.get(book, path[0]), class_list.number(campus, path[1])
    if user not in class_list.students(campus, book.course, class_list.GRADABLE):
        raise Refused(404)
    _may_grade(campus)
    if not column.published or not column.is_for(user):
        raise refusals.forbidden(campus.account.behaviour.canvas_forbidden)
    try:
        if wish.keys() & {"posted_grade", "excuse"}:
            grading.put(campus, book, column, user, grading.read(wish, again=True))
    except GradeError as error:
        raise Refused(400, {"error": str(error)}) from None
    if (status := wish.get("late_policy_status")) in ("late", "missing", "none", "extended"):
        grading.keep(campus, book, column, user, replace(column.mark(user), late_policy_status=status))
    made = submissions.record(campus, column, user)
    return reply(request, encode(made | {"all_submissions": [made]}))


def _marks_of(request: Request, campus: Campus, book: Book) -> Response:
    """Marks of students in published assignments. 403: a student is named whom the grader doesn't see."""
    asked = request.query_params.getlist
    here = class_list.students(campus, book.course, class_list.LISTED)
    named = {*asked("student_ids[]"), *asked("student_ids")}
    users = here if "all" in named else {class_list.number(campus, one) for one in named}
    if not users <= here:
        raise refusals.forbidden(campus.account.behaviour.canvas_forbidden)
    wanted = asked("assignment_ids[]")
    chosen = [one for one in book.live() if one.published and (not wanted or str(one.id) in wanted)]
    return page(request, campus, lambda _: submissions.listed(campus, chosen, users), version=book.version)


def _list(request: Request, campus: Campus, book: Book, group_id: str = "") -> Response:
    """Assignments. 400: a bucket nobody knows, more ids than a page has, or one that isn't on this page."""
    asked = request.query_params
    wanted, most = asked.getlist("assignment_ids[]"), campus.account.behaviour.canvas_per_page
    if (bucket := asked.get("bucket", "undated")) not in _BUCKETS:
        raise Refused(400, {"errors": [{"message": f"bucket parameter must be one of: {', '.join(_BUCKETS)}"}]})
    if len(wanted) > most:
        raise Refused(400, {"message": f"Request contains too many assignment_ids.  Limit {most}"})
    bucket = bucket if "bucket" in asked else ""
    found = [
        column
        for column in columns.choose(book, asked.get("search_term", ""), wanted, bucket, asked.get("order_by", ""))
        if not group_id or str(column.group) == group_id
    ]
    size = int(asked["per_page"]) if asked.get("per_page", "").isdigit() else 10
    if lost := set(wanted) - {str(column.id) for column in found[:size]}:
        raise Refused(400, {"message": f"Invalid assignment_ids: {','.join(sorted(lost))}"})
    return page(request, campus, lambda _: (columns.record(campus, book, one) for one in found), version=book.version)


def _route_progress(app: FastAPI, canvas: Canvas) -> None:
    @app.get("/api/v1/progress/{progress_id}")
    def show(request: Request, progress_id: str) -> Response:
        def make(campus: Campus) -> Response:
            with campus.account.lock:
                jobs.advance(campus)
                job = campus.account.grades.progress.get(int(progress_id) if progress_id.isdigit() else 0)
                return one(request, [jobs.look(campus, job)] if job else [])

        return canvas.answer(request, make)

    @app.post("/api/v1/progress/{progress_id}/cancel")
    def cancel(request: Request, progress_id: str) -> Response:
        """Nobody can: the progress of a bulk update is nobody's."""

        def make(campus: Campus) -> Response:
            raise refusals.forbidden(campus.account.behaviour.canvas_forbidden)

        return canvas.answer(request, make)
