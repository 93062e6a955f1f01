"""Bulk updates of grades: what is refused at once, and what becomes of the rest, one after the other in a course.

A job runs when somebody asks for anything about grades once it is due; nobody can tell that from a queue.
"""

from __future__ import annotations

import time
from typing import Any

from sandbox.vendors.canvas import class_list, columns, grading, refusals
from sandbox.vendors.canvas.gradebook import Book, Column, Job, now
from sandbox.vendors.canvas.grading import GradeError
from sandbox.vendors.canvas.records import Campus, Record
from sandbox.vendors.canvas.refusals import Refused
from sandbox.vendors.faults import Struck

Grades = dict[str, dict[str, Any]]  # column as addressed -> user as addressed -> what is asked


class _Broken(Exception):
    """An update that ends in the midst of its students."""


def post(campus: Campus, book: Book, grades: Grades, sections: frozenset[int] | None, struck: Struck) -> Job:
    """Queue an update. 400: no grades, or an unknown column; 403: a column isn't published, or one may not grade.

    Nobody looks at the students yet.
    """
    if not grades or not all(grades.values()):
        raise Refused(400, {"error": "'grade_data' parameter required"})
    behaviour = campus.account.behaviour
    found = [column for key in grades if (column := columns.find(book, key))]
    if not behaviour.canvas_may_grade or not all(column.published for column in found):
        raise refusals.forbidden(behaviour.canvas_forbidden)
    if len(found) < len(grades):
        raise Refused(400, {"error": f"Some assignments could not be found: ( {', '.join(grades)} )"})
    began = max(time.monotonic(), book.jobs[-1].ready_at if book.jobs else 0.0)
    at = now()
    job = Job(
        campus.account.grades.number(),
        book.course,
        grades,
        sections,
        ready_at=began + behaviour.canvas_job_seconds,
        polls=behaviour.canvas_job_polls,
        created_at=at,
        updated_at=at,
        stuck=struck.has("job_stuck"),
        aborts_after=int(fault.number("students", 1)) if (fault := struck.faults.get("job_dies")) else None,
    )
    book.jobs.append(job)
    campus.account.grades.progress[job.id] = job
    return job


def advance(campus: Campus) -> None:
    """Run what is due."""
    for book in campus.account.grades.books.values():
        while book.jobs and _is_due(book.jobs[0]):
            _run(campus, book, book.jobs.popleft())


def look(campus: Campus, job: Job) -> Record:
    """A progress as somebody who polls finds it."""
    told, waiting = record(campus, job), campus.account.grades.books[job.course].jobs
    if job in waiting:
        for one in waiting:
            one.polls -= 1
            if one is job:
                break
        if waiting[0] is job and not job.stuck:
            job.state, job.updated_at = "running", now()
    return told


def record(campus: Campus, job: Job) -> Record:
    """A progress. `completion` is told of success only."""
    return {
        "id": job.id,
        "context_id": job.course,
        "context_type": "Course",
        "user_id": None,
        "tag": "submissions_update",
        "completion": 100 if job.state == "completed" else None,
        "workflow_state": job.state,
        "created_at": job.created_at,
        "updated_at": job.updated_at,
        "message": job.message,
        "url": f"{campus.host}/api/v1/progress/{job.id}",
    }


def _is_due(job: Job) -> bool:
    return not job.stuck and job.polls <= 0 and time.monotonic() >= job.ready_at


def _run(campus: Campus, book: Book, job: Job) -> None:
    """Grade everybody who is there; who is not makes the job fail, and stops nobody."""
    try:
        missing, closed = _grade_all(campus, book, job)
    except (GradeError, _Broken):
        job.state, job.message = "failed", f"Unexpected error, ID: {job.id}"
    else:
        job.state, job.message = _verdict(missing, closed)
    job.updated_at = now()


def _verdict(missing: list[str], closed: list[str]) -> tuple[str, str | None]:
    if missing:
        return "failed", f"Couldn't find User(s) with API ids {', '.join(f'{one!r}' for one in missing)}"
    if closed:
        named = ", ".join(f"'{one}'" for one in closed)
        return "failed", f"Some assignments are either not published or deleted and can not be graded {named}"
    return "completed", None


def _grade_all(campus: Campus, book: Book, job: Job) -> tuple[list[str], list[str]]:
    here = class_list.students(campus, book.course, class_list.GRADABLE, job.sections)
    missing, closed, done = [], [], 0
    if not all(key.isdigit() for key in job.grades):
        raise _Broken  # the request took an assignment by its SIS id; the job does not
    for key, asked in job.grades.items():
        column = columns.find(book, key)
        if column is None or not column.published:
            closed.append(key)
            continue
        for addressed, wish in asked.items():
            user = class_list.number(campus, addressed)
            if user not in here or not column.is_for(user):
                missing.append(addressed)
                continue
            if done == job.aborts_after:
                raise _Broken
            _grade(campus, book, column, (user, addressed), wish if isinstance(wish, dict) else {})
            done += 1
    if job.aborts_after is not None:
        raise _Broken
    return missing, closed


def _grade(campus: Campus, book: Book, column: Column, who: tuple[int, str], wish: dict[str, Any]) -> None:
    user, addressed = who
    if addressed.isdigit() and not wish.keys() & {"posted_grade", "excuse"}:
        return  # a comment; but of somebody addressed by a SIS id it clears the grade
    grading.put(campus, book, column, user, grading.read(wish, again=False))
