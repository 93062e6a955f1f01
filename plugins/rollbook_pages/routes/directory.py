"""The directory: a school's classes, people, one class on a night, one person. Every page names people."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from pipelines.operations import as_of
from pipelines.operations.pages import directory
from pipelines.operations.pages.directory import Sought
from rollbook_pages.guard import SeesPeople
from rollbook_pages.render import Number, steps
from schemas.grades import IN_ORDER

router = APIRouter()


def wanted(
    school: UUID | None = None,
    who: Literal["", "students", "staff"] = "",
    status: Literal["all", "active", "archived"] = "active",
    origin: Literal["", "synced", "local"] = "",
    grade: str = "",
) -> Sought:
    """Return which people the address selects."""
    shown = None if status == "all" else status
    return Sought(school, who or None, shown, origin or None, grade or None)


Wanted = Annotated[Sought, Depends(wanted)]


@router.get("/{district_id}/schools/{school_id}")
def school(here: SeesPeople, school_id: UUID, p: Number = 1) -> Response:
    """Return a school's classes. A class may be named after its teacher, so the access log records the reader first."""
    found = directory.school(here.district_id, school_id)
    here.record_access("classes", school_id=school_id, page=p)
    classes = directory.classes(here.district_id, school_id, p)
    return here.page("school.html", school=found, classes=classes, **_steps(classes, p))


@router.get("/{district_id}/people")
def people(here: SeesPeople, sought: Wanted, p: Number = 1) -> Response:
    """Return a page of people: staff by name, students by grade. The access log records the reader first."""
    here.record_access("people", page=p, **sought.__dict__)
    found = directory.people(here.district_id, sought, p)
    school = directory.school(here.district_id, sought.school_id) if sought.school_id else None
    facts = {"people": found, "sought": sought, "school": school, "grades": _grades(sought)}
    return here.page("people.html", **facts, **_steps(found, p))


@router.get("/{district_id}/people/{user_id}")
def person(here: SeesPeople, user_id: UUID) -> Response:
    """Return a person, their origin and their classes. The access log records the reader first."""
    here.record_access("a person", user_id=user_id)
    return here.page("person.html", person=directory.person(here.district_id, user_id))


@router.get("/{district_id}/classes/{class_id}")
def class_(here: SeesPeople, class_id: UUID, on: date | None = None) -> Response:
    """Return who is in a class, or was in it on a night. The access log records the reader first."""
    here.record_access("a class", class_id=class_id, on=on)
    facts = directory.class_(here.district_id, class_id)
    members = as_of.members(here.district_id, on or date.max, str(class_id))  # date.max: the present state
    return here.page("class.html", class_facts=facts, members=members, on=on)


def _grades(sought: Sought) -> list[str]:
    """Return the grades to choose from: the common ones, and the selected one, which only this district may use."""
    is_common = sought.grade is None or sought.grade in IN_ORDER
    return [*IN_ORDER] if is_common else [*IN_ORDER, str(sought.grade)]


def _steps(found: list[dict[str, Any]], page_number: int) -> dict[str, Any]:
    return steps(found[0]["found"] if found else 0, page_number)
