"""Whom and what a request names: by number, or by an id of the student information system."""

from __future__ import annotations

import numpy as np

from sandbox.vendors import ids
from sandbox.vendors.canvas.records import Campus
from sandbox.vendors.canvas.refusals import Refused

_PREFIXES = {"courses": ("course_id", "sis_course_id:"), "classes": ("class_id", "sis_section_id:")}


def row(campus: Campus, kind: str, record_id: str) -> np.ndarray:
    """The row of a course (`courses`) or a section (`classes`). 404: there is none."""
    column, prefix = _PREFIXES[kind]
    rows = campus.account.view.rows(kind)
    if record_id.startswith(prefix):
        keys = getattr(campus.world, kind)[column].to_numpy(object)[rows]
        found = rows[keys == record_id.removeprefix(prefix)]
    else:
        numbers = ids.canvas_rows("course" if kind == "courses" else "section", rows)
        found = rows[numbers == int(record_id)] if record_id.isdigit() else rows[:0]
    if not len(found):
        raise Refused(404)
    return np.asarray(found[:1])


def course(campus: Campus, record_id: str) -> int:
    """The number of a course. 404: there is none."""
    return ids.canvas_row("course", row(campus, "courses", record_id)[0])


def user(campus: Campus, user_id: str) -> tuple[str, int] | None:
    """The kind and the row of a user."""
    if user_id.startswith("sis_user_id:"):
        key = user_id.removeprefix("sis_user_id:")
        for kind, column in (("teacher", "teacher_id"), ("student", "student_id")):
            rows = campus.account.view.rows(f"{kind}s")
            found = rows[getattr(campus.world, f"{kind}s")[column].to_numpy(object)[rows] == key]
            if len(found):
                return kind, int(found[0])
        return None
    return campus.find_user(int(user_id)) if user_id.isdigit() else None


def number(campus: Campus, user_id: str) -> int | None:
    """The number of a user."""
    found = user(campus, user_id)
    return int(campus.users[found[0]][found[1]]) if found else None
