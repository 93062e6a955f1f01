"""A district as OneRoster's rows: plain dicts with ids in place of references, under the REST binding's names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

import numpy as np

from sandbox.vendors import ids, people
from sandbox.vendors.behaviour import Behaviour
from sandbox.vendors.view import View

Row = dict[str, Any]

GRADES = ("KG", *(f"{grade:02d}" for grade in range(1, 13)))
DISTRICT = "district"
KINDS = ("orgs", "academicSessions", "courses", "classes", "users", "enrollments", "demographics")
_RACES = (*people.RACES, "nativeHawaiianOrOtherPacificIslander")
_SUBJECTS = {"ELA": "English", "MAT": "Mathematics", "SCI": "Science", "SOC": "Social Studies", "LNG": "Language"}


def orgs(view: View, rows: np.ndarray) -> Iterator[Row]:
    schools = view.world.schools["school_id"].to_numpy(object)
    title = view.world.district.replace("_", " ").title()
    shared = schools[view.rows("schools")].tolist()
    yield _base(view, DISTRICT, 0) | {
        "name": f"{title} School District",
        "type": "district",
        "identifier": view.world.district,
        "parent": "",
        "children": shared,
    }
    names = view.world.schools["name"].to_numpy(object)
    for row in rows:
        yield _base(view, schools[row], 0) | {
            "name": names[row],
            "type": "school",
            "identifier": schools[row],
            "parent": DISTRICT,
            "children": [],
        }


def sessions(view: View) -> Iterator[Row]:
    """The last day of a session is not in it: OneRoster's endDate is exclusive."""
    terms = view.world.terms
    year = terms["term_id"].iloc[0]
    for term in terms.itertuples(index=False):
        yield _base(view, term.term_id, 0) | {
            "title": term.title,
            "type": term.type,
            "startDate": term.begins,
            "endDate": day_after(term.ends),
            "parent": "" if term.term_id == year else year,
            "children": terms["term_id"].tolist()[1:] if term.term_id == year else [],
            "schoolYear": str(int(year[:4]) + 1),
        }


def courses(view: View, rows: np.ndarray) -> Iterator[Row]:
    world = view.world
    schools, year = world.schools["school_id"].to_numpy(object), world.terms["term_id"].iloc[0]
    for course in world.courses.iloc[rows].itertuples(index=False):
        yield _base(view, course.course_id, 0) | {
            "title": course.title,
            "schoolYear": year,
            "courseCode": course.code,
            "grades": [GRADES[course.grade]],
            "subjects": _subjects(course.code),
            "org": schools[course.school],
            "subjectCodes": [course.code[:3]],
        }


def classes(view: View, rows: np.ndarray) -> Iterator[Row]:
    world, stamps = view.world, view.stamps
    schools, terms = world.schools["school_id"].to_numpy(object), world.terms["term_id"].to_numpy(object)
    course = world.courses.iloc[world.classes["course"].to_numpy()[rows]]
    frame = world.classes.iloc[rows].itertuples(index=False)
    for row, one, of in zip(rows, frame, course.itertuples(index=False), strict=True):
        yield _base(view, one.class_id, stamps.classes[row]) | {
            "title": one.title,
            "classCode": one.class_id,
            "classType": "scheduled",
            "location": "",
            "grades": [GRADES[of.grade]],
            "subjects": _subjects(of.code),
            "course": of.course_id,
            "school": schools[one.school],
            "terms": [terms[one.term]],
            "subjectCodes": [of.code[:3]],
            "periods": [one.period] if one.period else [],
        }


def teachers(view: View, rows: np.ndarray) -> Iterator[Row]:
    schools = view.world.schools["school_id"].to_numpy(object)
    for one in view.world.teachers.iloc[rows].itertuples(index=False):
        user = _user(view, one.teacher_id, one.first, one.last, 0)
        yield user | {"username": one.email, "email": one.email, "role": "teacher", "orgs": [schools[one.school]]}


def students(view: View, rows: np.ndarray, behaviour: Behaviour) -> Iterator[Row]:
    world, stamps = view.world, view.stamps
    schools = world.schools["school_id"].to_numpy(object)
    numbers = people.numbers(view)[rows]
    for row, number, one in zip(rows, numbers, world.students.iloc[rows].itertuples(index=False), strict=True):
        agent = people.guardian_id(number) if behaviour.contacts else None
        user = _user(view, one.student_id, one.first, one.last, stamps.students[row])
        yield user | {
            "username": one.login or one.student_id,  # whoever takes over an id has no login yet
            "email": one.email,
            "role": "student",
            "orgs": [schools[one.school]],
            "agents": [agent] if agent else [],
            "grades": [GRADES[one.grade]],
        }


def guardians(view: View, chosen: Iterable[people.Guardian]) -> Iterator[Row]:
    world = view.world
    schools, school = world.schools["school_id"].to_numpy(object), world.students["school"].to_numpy()
    keys = world.students["student_id"].to_numpy(object)
    for one in chosen:
        changed = max(view.stamps.born[row] for row in one.students)
        user = _user(view, one.sis_id, one.first, one.last, changed)
        yield user | {
            "username": one.email,
            "email": one.email,
            "phone": one.phone,
            "sms": one.phone,
            "role": "parent",
            "orgs": sorted({schools[school[row]] for row in one.students}),
            "agents": [keys[row] for row in one.students],
        }


def users(view: View, behaviour: Behaviour) -> Iterator[Row]:
    yield from teachers(view, view.rows("teachers"))
    yield from students(view, view.students()[behaviour.withdrawn_users :], behaviour)
    if behaviour.contacts:
        yield from guardians(view, people.guardians(view))


def teaching(view: View, rows: np.ndarray, behaviour: Behaviour) -> Iterator[Row]:
    """The enrollments of teachers: the one in charge is primary."""
    world = view.world
    keys, schools = world.teachers["teacher_id"].to_numpy(object), world.schools["school_id"].to_numpy(object)
    frame = world.classes.iloc[rows].itertuples(index=False)
    for row, one in zip(rows, frame, strict=True):
        who = [one.teacher, one.co_teacher] if row >= behaviour.classes_without_teacher else []
        for at, teacher in enumerate(who):
            if teacher >= 0:
                row_id = ids.enrollment(one.class_id, keys[teacher])
                yield _base(view, row_id, view.stamps.classes[row] if at == 0 else 0) | {
                    "user": keys[teacher],
                    "class": one.class_id,
                    "school": schools[one.school],
                    "role": "teacher",
                    "primary": "false" if at else "true",
                    "beginDate": world.terms["begins"].iloc[one.term],
                    "endDate": day_after(world.terms["ends"].iloc[one.term]),
                }


def seats(view: View, taken: np.ndarray) -> Iterator[Row]:
    """The enrollments of students; `taken` holds a student and a slot in each row."""
    world = view.world
    who, slot = taken[:, 0], taken[:, 1]
    at = world.enrolled[who, slot]
    classes, term = world.classes["class_id"].to_numpy(object)[at], world.classes["term"].to_numpy()[at]
    begins = world.terms["begins"].to_numpy(object)[term]
    ends = np.array([day_after(day) for day in world.terms["ends"]], dtype=object)[term]
    schools = world.schools["school_id"].to_numpy(object)[world.classes["school"].to_numpy()[at]]
    keys = world.students["student_id"].to_numpy(object)[who]
    times = np.array([view.moment(night) for night in range(view.night + 1)], dtype=object)
    changed = times[view.stamps.seats[who, slot]]
    for one, key, school, begin, end, when in zip(classes, keys, schools, begins, ends, changed, strict=True):
        yield {
            "sourcedId": ids.enrollment(one, key),
            "status": "active",
            "dateLastModified": when,
            "user": key,
            "class": one,
            "school": school,
            "role": "student",
            "primary": "false",
            "beginDate": begin,
            "endDate": end,
        }


def enrollments(view: View, behaviour: Behaviour) -> Iterator[Row]:
    yield from teaching(view, view.rows("classes"), behaviour)
    yield from seats(view, _all_seats(view))


def demographics(view: View, rows: np.ndarray) -> Iterator[Row]:
    """The private data of students, under the id of the user."""
    world, year = view.world, view.opened.year
    keys, grades = world.students["student_id"].to_numpy(object), world.students["grade"].to_numpy()
    for row, number in zip(rows, people.numbers(view)[rows], strict=True):
        private = people.particulars(int(number), int(grades[row]), year)
        races = {race: "true" if race == private.race else "false" for race in _RACES}
        yield _base(view, keys[row], view.stamps.born[row]) | {
            "birthDate": date(*private.born).isoformat(),
            "sex": private.sex,
            **races,
            "hispanicOrLatinoEthnicity": "true" if private.hispanic else "false",
            "countryOfBirthCode": "US",
            "stateOfBirthAbbreviation": "",
            "cityOfBirth": "",
            "publicSchoolResidenceStatus": "",
        }


def rows_of(kind: str, view: View, behaviour: Behaviour) -> Iterator[Row]:
    """All active rows of a kind."""
    if kind == "academicSessions":
        return sessions(view)
    if kind == "users":
        return users(view, behaviour)
    if kind == "enrollments":
        return enrollments(view, behaviour)
    if kind == "demographics":
        return demographics(view, view.students())
    make = {"orgs": orgs, "courses": courses, "classes": classes}[kind]
    return make(view, view.rows("schools" if kind == "orgs" else kind))


def day_after(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def _all_seats(view: View) -> np.ndarray:
    here, slots = view.students(), view.world.enrolled.shape[1]
    return np.column_stack([np.repeat(here, slots), np.tile(np.arange(slots), len(here))])


def _subjects(code: str) -> list[str]:
    return [_SUBJECTS.get(code[:3], "Other")]


def _base(view: View, row_id: str, changed: int) -> Row:
    return {"sourcedId": row_id, "status": "active", "dateLastModified": view.moment(changed)}


def _user(view: View, row_id: str, first: str, last: str, changed: int) -> Row:
    """A user's scalars are empty texts where there is nothing; the password is, too."""
    return _base(view, row_id, changed) | {
        "enabledUser": "true",
        "userIds": [{"type": "FED", "identifier": row_id}],
        "givenName": first,
        "familyName": last,
        "middleName": "",
        "identifier": row_id,
        "sms": "",
        "phone": "",
        "password": "",
        "agents": [],
        "grades": [],
    }
