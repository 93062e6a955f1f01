"""A district as Clever's records: one dict each, with the ids that Clever gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from sandbox.vendors import ids
from sandbox.vendors.behaviour import Behaviour
from sandbox.vendors.view import View

Version = Literal["v3.0", "v3.1"]
Record = dict[str, Any]

GRADES = ("Kindergarten", *(str(grade) for grade in range(1, 13)))
LATER = {"frl_status": "Other", "gifted_status": "N", "section_504_status": "", "home_language": None}  # since 3.1
_SUBJECTS = {
    "ELA": "english/language arts",
    "MAT": "math",
    "SCI": "science",
    "SOC": "social studies",
    "LNG": "language",
    "ART": "arts and music",
    "PED": "PE and health",
}


@dataclass(frozen=True, eq=False)
class Office:
    """A district at Clever, in one version of the API, with the ids of all its rows."""

    view: View
    behaviour: Behaviour
    version: Version

    @cached_property
    def district(self) -> str:
        return ids.clever(self.view.world, "districts", self.view.world.district, 0)

    @cached_property
    def schools(self) -> np.ndarray:
        return ids.clever_all(self.view.world, "schools")

    @cached_property
    def terms(self) -> np.ndarray:
        return ids.clever_all(self.view.world, "terms")

    @cached_property
    def courses(self) -> np.ndarray:
        return ids.clever_all(self.view.world, "courses")

    @cached_property
    def classes(self) -> np.ndarray:
        return ids.clever_all(self.view.world, "classes")

    @cached_property
    def teachers(self) -> np.ndarray:
        return ids.clever_all(self.view.world, "teachers")

    @cached_property
    def students(self) -> np.ndarray:
        return ids.clever_all(self.view.world, "students")

    def used_terms(self) -> np.ndarray:
        """Terms are made of sections: one that no section is in does not exist."""
        return np.unique(self.view.world.classes["term"].to_numpy()[self.view.rows("classes")])

    def date(self, day: str) -> str:
        """A date as the district's API gives it."""
        return day if self.behaviour.clever_dates == "date" else f"{day}T00:00:00.000Z"

    def times(self, changed: int, born: int = 0) -> Record:
        return {"created": self.view.moment(born), "last_modified": self.view.moment(changed)}


def optional(record: Record, name: str, value: str, turn: int) -> None:
    """Set an optional field. Without a value it is missing, null or empty, one as likely as the other."""
    if value or turn % 3:
        record[name] = value or (None if turn % 3 == 1 else "")


def older(record: Record) -> Record:
    """A record of version 3.1 as 3.0 gives it: without the fields that came later."""
    kept = {name: value for name, value in record.items() if name != "lms_status"}
    student = kept.get("roles", {}).get("student")
    if student:
        cut = {name: value for name, value in student.items() if name not in LATER}
        kept["roles"] = kept["roles"] | {"student": cut}
    return kept


def districts(office: Office) -> Iterator[Record]:
    world, state = office.view.world, office.behaviour.clever_state
    title = world.district.replace("_", " ").title()
    record = {
        "id": office.district,
        "name": f"{title} School District",
        "sis_type": "sftp",
        "state": state,
        "error": "" if state in ("success", "running", "paused") else "The last files could not be read.",
        "last_sync": office.view.moment(office.view.night),
        "launch_date": f"{world.as_of.year}-08-01",
        "login_methods": ["Google"],
        "portal_url": f"https://clever.example/in/{world.district}",
        "mdr_number": "",
        "pause_start": None,
        "pause_end": None,
        "district_contact": {
            "id": ids.clever(world, "admins", "A1", 1),
            "district": office.district,
            "email": f"it@{world.district.replace('_', '-')}.example",
            "name": {"first": "Sam", "last": "Diaz"},
            "title": "CIO",
        },
    }
    yield record | ({"lms_type": "", "lms_state": ""} if office.version == "v3.1" else {})


def schools(office: Office, rows: np.ndarray) -> Iterator[Record]:
    world = office.view.world
    for row, school in zip(rows, world.schools.iloc[rows].itertuples(index=False), strict=True):
        record = {
            "id": office.schools[row],
            "district": office.district,
            "name": school.name,
            "sis_id": school.school_id,
            "school_number": school.school_id,
            "low_grade": GRADES[school.first_grade],
            "high_grade": GRADES[school.last_grade],
            "principal": {"name": f"Principal of {school.name}", "email": ""},
            "location": {"address": f"{row + 1} School Street", "city": "Springfield", "state": "TX", "zip": "78701"},
            "ext": {},
            **office.times(0),
        }
        for turn, name in enumerate(("state_id", "mdr_number", "nces_id", "phone")):
            optional(record, name, "", int(row) + turn)
        yield record


def terms(office: Office, rows: np.ndarray) -> Iterator[Record]:
    for row, term in zip(rows, office.view.world.terms.iloc[rows].itertuples(index=False), strict=True):
        yield {
            "id": office.terms[row],
            "district": office.district,
            "name": term.title,
            "start_date": office.date(term.begins),
            "end_date": office.date(term.ends),
        }


def courses(office: Office, rows: np.ndarray) -> Iterator[Record]:
    """Clever tells courses apart by number, so the number is the one that is unique in the district."""
    for row, course in zip(rows, office.view.world.courses.iloc[rows].itertuples(index=False), strict=True):
        yield {"id": office.courses[row], "district": office.district, "name": course.title, "number": course.course_id}


def sections(office: Office, rows: np.ndarray) -> Iterator[Record]:
    """The section's name is made by Clever: course, teacher, period."""
    world, stamps = office.view.world, office.view.stamps
    seated = _seated(office, rows)
    course = world.courses.iloc[world.classes["course"].to_numpy()[rows]]
    surname = world.teachers["last"].to_numpy(object)
    frame = world.classes.iloc[rows]
    columns = zip(rows, frame.itertuples(index=False), course["grade"], course["code"], seated, strict=True)
    for row, one, grade, code, students in columns:
        teachers = [office.teachers[who] for who in (one.teacher, one.co_teacher) if who >= 0]
        vacant = row < office.behaviour.classes_without_teacher
        record = {
            "id": office.classes[row],
            "district": office.district,
            "school": office.schools[one.school],
            "course": office.courses[one.course],
            "term_id": office.terms[one.term],
            "name": f"{one.title} - {surname[one.teacher]} - {one.period}",
            "sis_id": one.class_id,
            "section_number": one.class_id.rsplit("-", 1)[1],
            "subject": _SUBJECTS[code[:3]],
            "grade": GRADES[grade],
            "teacher": None if vacant else teachers[0],
            "teachers": [] if vacant else teachers,
            "students": students.tolist(),
            "ext": {},
            **office.times(stamps.sections[row]),
        }
        optional(record, "period", one.period, int(row))
        if office.version == "v3.1":
            record["lms_status"] = {"synced_in_lms": False}
        yield record


def resources(office: Office) -> Iterator[Record]:
    for number, title in enumerate(("Reading app", "Maths app")):
        yield {
            "id": ids.clever(office.view.world, "resources", title, number),
            "district": office.district,
            "resource_id": f"R-{number + 1}",
            "title": title,
            "roles": ["teacher", "student"],
            "created": office.view.moment(0),
            "updated": office.view.moment(0),
        }


def _seated(office: Office, rows: np.ndarray) -> list[np.ndarray]:
    """The ids of each class's students."""
    world, here = office.view.world, office.view.students()
    seats = world.enrolled[here].ravel()
    order = np.argsort(seats, kind="stable")
    who = office.students[np.repeat(here, world.enrolled.shape[1])[order]]
    first, last = (np.searchsorted(seats[order], rows, side) for side in ("left", "right"))
    return [who[start:stop] for start, stop in zip(first, last, strict=True)]
