"""The files that a district uploads to Clever by SFTP: six tables of active records, refreshed as a whole."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import numpy as np

from sandbox.vendors import people
from sandbox.vendors.clever.people import is_head
from sandbox.vendors.clever.records import GRADES
from sandbox.vendors.view import View

Cells = tuple[object, ...]

_COLUMNS = {
    "schools": "School_id School_name School_number Low_grade High_grade",
    "students": "School_id Student_id Student_number Last_name First_name Grade Gender DOB Student_email"
    " Contact_relationship Contact_type Contact_name Contact_phone Contact_phone_type Contact_email Contact_sis_id"
    " Username",
    "teachers": "School_id Teacher_id Teacher_number Teacher_email First_name Last_name Title",
    "sections": "School_id Section_id Teacher_id Teacher_2_id Name Section_number Grade Course_name Course_number"
    " Period Term_name Term_start Term_end",
    "enrollments": "School_id Section_id Student_id",
    "staff": "School_id Staff_id Staff_email First_name Last_name Department Title",
}


def write_files(view: View, folder: Path, *, contacts: bool = True) -> list[Path]:
    """Write the set into `folder`. Who is missing from it is deleted at Clever."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = {
        "schools": _schools(view),
        "students": _students(view, contacts),
        "teachers": _teachers(view),
        "sections": _sections(view),
        "enrollments": _enrollments(view),
        "staff": _staff(view),
    }
    return [_write(folder / f"{name}.csv", _COLUMNS[name].split(), cells) for name, cells in tables.items()]


def _write(path: Path, columns: list[str], cells: Iterable[Cells]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\r\n")
        out.writerow(columns)
        out.writerows(cells)
    return path


def _schools(view: View) -> Iterator[Cells]:
    for one in view.world.schools.iloc[view.rows("schools")].itertuples(index=False):
        yield one.school_id, one.name, one.school_id, GRADES[one.first_grade], GRADES[one.last_grade]


def _students(view: View, contacts: bool) -> Iterator[Cells]:
    """A student has one line for each contact, and one without contacts if there are none."""
    world, rows = view.world, view.students()
    schools = world.schools["school_id"].to_numpy(object)
    known = {row: one for one in people.guardians(view) for row in one.students} if contacts else {}
    frame = world.students.iloc[rows].itertuples(index=False)
    for row, number, one in zip(rows, people.numbers(view)[rows], frame, strict=True):
        private = people.particulars(int(number), int(one.grade), view.opened.year)
        guardian = known.get(int(row))
        contact: Cells = ("",) * 7
        if guardian:
            name = f"{guardian.first} {guardian.last}"
            contact = ("Parent", "Parent/Guardian", name, guardian.phone, "Cell", guardian.email, guardian.sis_id)
        yield (
            schools[one.school],
            one.student_id,
            one.student_id,
            one.last,
            one.first,
            GRADES[one.grade],
            private.sex[0].upper(),
            _us(date(*private.born)),
            one.email,
            *contact,
            one.login,
        )


def _teachers(view: View) -> Iterator[Cells]:
    schools = view.world.schools["school_id"].to_numpy(object)
    for one in view.world.teachers.iloc[view.rows("teachers")].itertuples(index=False):
        yield schools[one.school], one.teacher_id, one.teacher_id, one.email, one.first, one.last, ""


def _staff(view: View) -> Iterator[Cells]:
    schools, rows = view.world.schools["school_id"].to_numpy(object), view.rows("teachers")
    heads = rows[[is_head(int(row)) for row in rows]]
    for one in view.world.teachers.iloc[heads].itertuples(index=False):
        yield schools[one.school], one.teacher_id, one.email, one.first, one.last, "Mathematics", "Department Chair"


def _sections(view: View) -> Iterator[Cells]:
    """Terms and courses are made of the columns of sections."""
    world, rows = view.world, view.rows("classes")
    teachers = np.append(world.teachers["teacher_id"].to_numpy(object), "")  # -1: none
    schools = world.schools["school_id"].to_numpy(object)
    frame = world.classes.iloc[rows]
    courses = world.courses.iloc[frame["course"]].itertuples(index=False)
    terms = world.terms.iloc[frame["term"]].itertuples(index=False)
    for one, course, term in zip(frame.itertuples(index=False), courses, terms, strict=True):
        yield (
            schools[one.school],
            one.class_id,
            teachers[one.teacher],
            teachers[one.co_teacher],
            one.title,
            one.class_id.rsplit("-", 1)[1],
            GRADES[course.grade],
            course.title,
            course.course_id,
            one.period,
            term.title,
            _us(date.fromisoformat(term.begins)),
            _us(date.fromisoformat(term.ends)),
        )


def _enrollments(view: View) -> Iterator[Cells]:
    world, here = view.world, view.students()
    at = world.enrolled[here].ravel()
    keys = world.students["student_id"].to_numpy(object)[np.repeat(here, world.enrolled.shape[1])]
    schools = world.schools["school_id"].to_numpy(object)[world.classes["school"].to_numpy()[at]]
    return zip(schools, world.classes["class_id"].to_numpy(object)[at], keys, strict=True)


def _us(day: date) -> str:
    return f"{day:%m/%d/%Y}"
