"""Find Canvas courses, and read their students."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from pipelines.canvas.access import was_taken
from pipelines.canvas.pages import GONE, read_list
from pipelines.http.client import Client

PAGE = 100  # Canvas gives no more
# Best state for grading first: a student may have several enrollments in the sections of a course.
STATES = ("active", "invited", "inactive", "completed")
_REFUSED = {401, 403}


@dataclass(frozen=True)
class Course:
    """A course, and the section by which it was found, if any."""

    number: int
    section: int | None = None


@dataclass(frozen=True)
class Person:
    """A student of a course in Canvas; `state` is the best state of the student's enrollments."""

    number: int
    sis_user_id: str | None
    login: str | None
    email: str | None
    state: str


def find_course(api: Client, reference: str) -> Course | None:
    """Return the course of a number or of a `sis_course_id:` reference; None if there is none."""
    found = _one(api, f"courses/{quote(reference, safe=':~')}")
    return Course(int(found["id"])) if found else None


def find_section(api: Client, sis_section_id: str) -> Course | None:
    """Return the course of a section; None if there is none."""
    found = _one(api, f"sections/{quote(f'sis_section_id:{sis_section_id}', safe=':~')}")
    return Course(int(found["course_id"]), int(found["id"])) if found else None


def read_people(api: Client, course: int) -> list[Person]:
    """Read a course's students, including those who are invited, inactive or completed in it."""
    asked = {"enrollment_type[]": "student", "enrollment_state[]": STATES, "include[]": ("email", "enrollments")}
    return [_person(row) for row in read_list(api, f"courses/{course}/users", asked | {"per_page": PAGE}).rows]


def _person(row: Mapping[str, Any]) -> Person:
    states = {str(one.get("enrollment_state")) for one in row.get("enrollments") or ()}
    state = next((state for state in STATES if state in states), STATES[0])
    return Person(
        number=int(row["id"]),
        sis_user_id=_text(row, "sis_user_id"),
        login=_text(row, "login_id"),
        email=_text(row, "email"),
        state=state,
    )


def _text(row: Mapping[str, Any], name: str) -> str | None:
    return str(row[name]) if row.get(name) else None


def _one(api: Client, target: str) -> Mapping[str, Any] | None:
    answer = api.get(target, expected={*_REFUSED, GONE})
    found: Mapping[str, Any] | None = answer.document if was_taken(answer) else None
    return found if isinstance(found, dict) and found.get("id") else None
