"""A district as Canvas's records. A course is a course, a class is a section of it; ids are numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from sandbox.vendors import ids
from sandbox.vendors.account import Account

Record = dict[str, Any]

ACCOUNT = 1
_ROLES = {"student": ("StudentEnrollment", 3), "teacher": ("TeacherEnrollment", 4)}


@dataclass(frozen=True)
class Seat:
    """Somebody's place in a section; `kind` says which frame `row` is of."""

    kind: str  # student | teacher
    row: int
    section: int
    state: str = "active"


@dataclass(frozen=True, eq=False)
class Campus:
    """A district at Canvas, with the numeric ids of its people."""

    account: Account
    host: str
    _columns: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)

    @property
    def world(self) -> Any:
        return self.account.world

    @cached_property
    def users(self) -> dict[str, np.ndarray]:
        return {kind: ids.canvas_users(self.world, kind) for kind in ("teacher", "student")}

    def column(self, kind: str, name: str) -> np.ndarray:
        """A column of one of the world's frames, whose texts are made once."""
        if (kind, name) not in self._columns:
            self._columns[kind, name] = getattr(self.world, kind)[name].to_numpy(object)
        return self._columns[kind, name]

    def find_user(self, number: int) -> tuple[str, int] | None:
        """The kind and the row of a user who is here."""
        for kind, numbers in self.users.items():
            found = np.flatnonzero(numbers == number)
            if len(found) and found[0] in self.account.view.rows(f"{kind}s"):
                return kind, int(found[0])
        return None

    def sis(self, **named: str | None) -> Record:
        """SIS ids are there for those who may read them."""
        return dict(named) if self.account.behaviour.canvas_sis_ids else {}


def accounts(campus: Campus) -> Iterator[Record]:
    title = campus.world.district.replace("_", " ").title()
    yield {"id": ACCOUNT, "name": title, "parent_account_id": None, "root_account_id": None, "workflow_state": "active"}


def terms(campus: Campus) -> Iterator[Record]:
    for row, term in enumerate(campus.world.terms.itertuples(index=False), start=1):
        yield {
            "id": row,
            "name": term.title,
            "start_at": f"{term.begins}T05:00:00Z",
            "end_at": f"{term.ends}T05:00:00Z",
            "workflow_state": "active",
            **campus.sis(sis_term_id=term.term_id),
        }


def courses(campus: Campus, rows: np.ndarray) -> Iterator[Record]:
    world = campus.world
    first = np.searchsorted(world.classes["course"].to_numpy(), rows)
    term = world.classes["term"].to_numpy()[first]
    numbers = ids.canvas_rows("course", rows)
    frame = world.courses.iloc[rows].itertuples(index=False)
    for number, course, of in zip(numbers, frame, term, strict=True):
        yield {
            "id": int(number),
            "name": course.title,
            "course_code": course.code,
            "account_id": ACCOUNT,
            "root_account_id": ACCOUNT,
            "enrollment_term_id": int(of) + 1,
            "start_at": None,
            "end_at": None,
            "time_zone": "America/Chicago",
            "workflow_state": "available",
            "default_view": "modules",
            "integration_id": None,
            "restrict_enrollments_to_course_dates": False,
            **campus.sis(sis_course_id=course.course_id),
        }


def sections(campus: Campus, rows: np.ndarray) -> Iterator[Record]:
    world = campus.world
    keys = world.courses["course_id"].to_numpy(object)
    for row, one in zip(rows, world.classes.iloc[rows].itertuples(index=False), strict=True):
        yield {
            "id": ids.canvas_row("section", row),
            "course_id": ids.canvas_row("course", one.course),
            "name": f"{one.title} ({one.period})",
            "start_at": None,
            "end_at": None,
            "restrict_enrollments_to_section_dates": None,
            "nonxlist_course_id": None,
            "integration_id": None,
            **campus.sis(sis_section_id=one.class_id, sis_course_id=keys[one.course]),
        }


def user(campus: Campus, kind: str, row: int, include: Iterable[str] = ()) -> Record:
    """A person. The email is there for those who ask and may read it; the login is the email, if there is one."""
    first, last, email = (campus.column(f"{kind}s", name)[row] for name in ("first", "last", "email"))
    login = email or (campus.column("students", "login")[row] if kind == "student" else "")
    record = {
        "id": int(campus.users[kind][row]),
        "name": f"{first} {last}",
        "sortable_name": f"{last}, {first}",
        "short_name": f"{first} {last}",
        "login_id": login,
        "integration_id": None,
        **campus.sis(sis_user_id=campus.column(f"{kind}s", f"{kind}_id")[row]),
    }
    if "email" in include and campus.account.behaviour.canvas_emails:
        other = kind == "student" and row < campus.account.behaviour.canvas_other_emails
        record["email"] = f"{login.partition('@')[0]}@home.example" if other else email or None
    return record


def enrollment(campus: Campus, seat: Seat) -> Record:
    """A person's place in a section. Scores are another matter: their fields are there, and empty."""
    number, course = int(campus.users[seat.kind][seat.row]), int(campus.column("classes", "course")[seat.section])
    section, course_id = ids.canvas_row("section", seat.section), ids.canvas_row("course", course)
    kind, role = _ROLES[seat.kind]
    url = f"{campus.host}/courses/{course_id}"
    record = {
        "id": number * 1_000_000 + section,
        "user_id": number,
        "course_id": course_id,
        "course_section_id": section,
        "type": kind,
        "role": kind,
        "role_id": role,
        "root_account_id": ACCOUNT,
        "enrollment_state": seat.state,
        "limit_privileges_to_course_section": False,
        "associated_user_id": None,
        "start_at": None,
        "end_at": None,
        "last_attended_at": None,
        "html_url": f"{url}/users/{number}",
        **campus.sis(
            sis_account_id=None,
            sis_course_id=campus.column("courses", "course_id")[course],
            sis_section_id=campus.column("classes", "class_id")[seat.section],
            sis_user_id=campus.column(f"{seat.kind}s", f"{seat.kind}_id")[seat.row],
        ),
    }
    if seat.kind == "student":
        names = (f"{when}_{what}" for when in ("current", "final") for what in ("grade", "score"))
        record["grades"] = {"html_url": f"{url}/grades/{number}"} | dict.fromkeys(names)
    return record


def seats(campus: Campus, sections_: np.ndarray, states: Iterable[str]) -> Iterator[Seat]:
    """Who sits in these sections, as far as the token's owner sees: one seat for each person, section and role."""
    states, limited = set(states), campus.account.behaviour.canvas_limited_sections
    if limited:
        sections_ = sections_[np.isin(ids.canvas_rows("section", sections_), limited)]
    for seat in _seated(campus, sections_):
        if seat.state in states:
            yield seat
    if "deleted" in states:
        yield from _gone(campus, sections_)


def _seated(campus: Campus, sections_: np.ndarray) -> Iterator[Seat]:
    world, here = campus.world, campus.account.view.students()
    for section in sections_:
        teachers = (int(campus.column("classes", name)[section]) for name in ("teacher", "co_teacher"))
        yield from (Seat("teacher", row, int(section)) for row in teachers if row >= 0)
    odd, numbers = campus.account.grades.seats, campus.users["student"]
    course_of = ids.canvas_rows("course", world.classes["course"].to_numpy())
    for row, slot in zip(*np.nonzero(np.isin(world.enrolled[here], sections_)), strict=True):
        student = int(here[row])
        section = int(world.enrolled[student, slot])
        state = odd.get((int(course_of[section]), int(numbers[student])), "active") if odd else "active"
        yield Seat("student", student, section, state)


def _gone(campus: Campus, sections_: np.ndarray) -> Iterator[Seat]:
    """Who has left these sections since the first night, under an id that is still theirs."""
    world, gone = campus.world, campus.account.gone.get("enrollments", {}).values()
    classes = dict(zip(world.classes["class_id"].to_numpy(object)[sections_], sections_, strict=True))
    people = {key: row for row, key in enumerate(world.students["student_id"])} if gone else {}
    for row in gone:
        if row["class"] in classes and row["user"] in people:
            yield Seat("student", people[row["user"]], int(classes[row["class"]]), "deleted")
