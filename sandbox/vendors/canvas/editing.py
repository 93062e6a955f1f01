"""What may be written into a column: Canvas drops what it doesn't know, and says nothing of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.vendors.canvas import bodies, columns, periods, refusals
from sandbox.vendors.canvas.bodies import Body
from sandbox.vendors.canvas.gradebook import GRADER, Book, Change, Column, now
from sandbox.vendors.canvas.records import Campus
from sandbox.vendors.canvas.refusals import Refused, invalid

_MOST_POINTS = 999_999_999
_ZONE = ZoneInfo("America/Chicago")
_TYPES = ("points", "pass_fail", "percent", "letter_grade", "gpa_scale", "not_graded")
_SUBMISSIONS = [
    "online_quiz",
    "none",
    "on_paper",
    "discussion_topic",
    "external_tool",
    "online_upload",
    "online_text_entry",
    "online_url",
    "media_recording",
    "not_graded",
    "wiki_page",
    "student_annotation",
]
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")
_FLAGS = [
    "published",
    "only_visible_to_overrides",
    "omit_from_final_grade",
    "hide_in_gradebook",
    "anonymous_grading",
    "moderated_grading",
    "post_to_sis",
]
_SIS = ("sis_assignment_id", "integration_id", "integration_data")
_EVEN_IF_CLOSED = ("description", "submission_types", "due_at", "only_visible_to_overrides", "post_to_sis")
_CLOSED = "cannot be changed because this assignment is due in a closed grading period"
_INTO_CLOSED = "Cannot set the due date to a date within a closed grading period"
_OUT_OF_CLOSED = "Cannot change the due date when due in a closed grading period"


def create(campus: Campus, book: Book, given: Body) -> Column:
    """Make a column. 400: something is wrong with it; 403: its grading period is closed."""
    fields = _read(campus, given)
    fields.setdefault("name", "Assignment")
    fields.setdefault("group", book.groups[0].id)
    if periods.binds(campus.account.behaviour, fields.get("due_at")):
        raise invalid("due_at", _INTO_CLOSED, 403)
    _check(campus, book, fields, None)
    at, grades = now(), campus.account.grades
    fields.setdefault("position", 1 + sum(one.group == fields["group"] for one in book.live()))
    column = Column(grades.number(), created_at=at, updated_at=at, **fields)
    _settle(column)
    book.columns[column.id] = column
    grades.note(book, Change("created", book.course, column.id, GRADER, at=at))
    return column


def edit(campus: Campus, book: Book, column: Column, given: Body) -> None:
    """Change a column. 400: something is wrong with it; 403: its date may not be moved."""
    fields = _read(campus, given)
    if fields.get("due_at"):
        fields["only_visible_to_overrides"] = False
    changed = {name: value for name, value in fields.items() if getattr(column, name) != value}
    _refuse_closed(campus, column, changed)
    _check(campus, book, fields, column)
    for name, value in changed.items():
        setattr(column, name, value)
    _settle(column)
    column.updated_at = now()
    if changed:
        campus.account.grades.note(book, Change("updated", book.course, column.id, GRADER, at=column.updated_at))


def delete(campus: Campus, book: Book, column: Column) -> None:
    """Take a column away; it is not found any more."""
    if periods.binds(campus.account.behaviour, column.due_at):
        raise refusals.forbidden(campus.account.behaviour.canvas_forbidden)
    column.deleted, column.updated_at = True, now()
    campus.account.grades.note(book, Change("deleted", book.course, column.id, GRADER, at=column.updated_at))


def _refuse_closed(campus: Campus, column: Column, changed: dict[str, Any]) -> None:
    behaviour = campus.account.behaviour
    if periods.binds(behaviour, column.due_at):
        if "due_at" in changed:
            raise invalid("due_at", _OUT_OF_CLOSED, 403)
        for name in changed.keys() - set(_EVEN_IF_CLOSED):
            raise invalid(name, _CLOSED)
    elif "due_at" in changed and periods.binds(behaviour, changed["due_at"]):
        raise invalid("due_at", _INTO_CLOSED, 403)


def _settle(column: Column) -> None:
    if column.anonymous_grading or column.moderated_grading:
        column.post_manually = True  # what nobody may see yet can't post by itself
    if column.grading_type == "not_graded":
        column.submission_types, column.points_possible = ("not_graded",), None


def _check(campus: Campus, book: Book, fields: dict[str, Any], this: Column | None) -> None:
    if fields.get("group", book.groups[0].id) not in {one.id for one in book.groups}:
        raise Refused(404)
    opens, shuts = fields.get("unlock_at"), fields.get("lock_at")
    if opens and shuts and opens > shuts:
        raise invalid("lock_at", "must be after the date it unlocks")
    key = fields.get("sis_assignment_id")
    everywhere = (one for other in campus.account.grades.books.values() for one in other.live())
    if key and any(one.sis_assignment_id == key and one is not this for one in everywhere):
        raise invalid("sis_assignment_id", f'SIS ID "{key}" is already in use')


def _read(campus: Campus, given: Body) -> dict[str, Any]:
    """What is given, as it is kept; the rest of it is dropped."""
    known = [name for name in _READERS if name in given]
    if not campus.account.behaviour.canvas_manage_sis:
        known = [name for name in known if name not in _SIS]
    return {_NAMES.get(name, name): _READERS[name](name, given[name]) for name in known}


def _name(name: str, value: Any) -> str:
    if not str(value or "").strip():
        raise invalid(name, "can't be blank")
    if len(str(value)) > columns.NAME_LENGTH:
        raise invalid(name, f"is too long (maximum is {columns.NAME_LENGTH} characters)")
    return str(value)


def _points(name: str, value: Any) -> float:
    if value in (None, ""):
        return 0.0
    try:
        points = float(value)
    except (TypeError, ValueError):
        raise invalid(name, "is not a number") from None
    if not 0 <= points <= _MOST_POINTS:
        raise invalid(name, "The value of possible points for this assignment must be between zero and 999999999.")
    return points


def _grading(name: str, value: Any) -> str:
    if value not in _TYPES:
        raise invalid(name, "is not included in the list")
    return str(value)


def _submissions(name: str, value: Any) -> tuple[str, ...]:
    wanted = [value] if isinstance(value, str) else list(value or ())
    if any(one not in (*_SUBMISSIONS, "") for one in wanted):
        raise invalid(name, "Invalid submission types")
    return tuple(one for one in wanted if one)


def _moment(name: str, value: Any) -> str | None:
    """A date in UTC; midnight where the course is means the end of that day."""
    if value in (None, ""):
        return None
    try:
        given = datetime.fromisoformat(str(value)) if _DATE.fullmatch(str(value)) else None
    except ValueError:
        given = None
    if given is None:
        raise invalid(name, f"Invalid datetime for {name}")
    there = (given if given.tzinfo else given.replace(tzinfo=UTC)).astimezone(_ZONE)
    if name == "due_at" and (there.hour, there.minute) == (0, 0):
        there = there.replace(hour=23, minute=59, second=59)
    return f"{there.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _text(_name: str, value: Any) -> str | None:
    return str(value) if value not in (None, "") else None


def _number(name: str, value: Any) -> int | None:
    if value in (None, ""):
        return None
    if not str(value).isdigit():
        raise invalid(name, "is not a number")
    return int(value)


def _flag(_name: str, value: Any) -> bool:
    return bodies.is_true(value)


def _data(name: str, value: Any) -> dict[str, Any]:
    try:
        found = json.loads(value) if isinstance(value, str) and value else value
    except ValueError:
        raise invalid(name, "is not JSON") from None
    return found if isinstance(found, dict) else {}


def _overrides(_name: str, value: Any) -> tuple[frozenset[int], ...]:
    """Whom each override names; a form counts them, JSON lists them."""
    some = list(value.values()) if isinstance(value, dict) else list(value or ())
    return tuple(frozenset(int(user) for user in one.get("student_ids") or ()) for one in some)


CHANGEABLE = {"name", "points_possible", "grading_type", "published", "due_at", "moderated_grading", "post_manually"}
_NAMES = {"assignment_group_id": "group", "assignment_overrides": "overrides"}
_READERS: dict[str, Callable[[str, Any], Any]] = {
    "name": _name,
    "points_possible": _points,
    "grading_type": _grading,
    "submission_types": _submissions,
    "due_at": _moment,
    "lock_at": _moment,
    "unlock_at": _moment,
    "description": _text,
    "sis_assignment_id": _text,
    "integration_id": _text,
    "integration_data": _data,
    "assignment_group_id": _number,
    "position": _number,
    "grading_standard_id": _number,
    "assignment_overrides": _overrides,
    **dict.fromkeys(_FLAGS, _flag),
}
