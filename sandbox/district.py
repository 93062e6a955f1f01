"""A district, invented: the same seed gives the same schools, classes, staff and students on every machine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sandbox import names

GRADES = ("K", *(str(grade) for grade in range(1, 13)))
SLOTS = 7  # classes per student
_CLASS_SIZE = 26
_LOAD = 5  # classes per teacher
_STUDENTS_PER_SCHOOL = 833  # 50,000 students in 60 schools
_NUMBERS = 10_000_000  # student ids have seven digits, so one in ten begins with a zero
_SCATTER = 7_654_321  # shares no factor with _NUMBERS: consecutive numbers become scattered, unique ids

_YOUNG = ("English Language Arts", "Mathematics", "Science", "Social Studies", "Art", "Music", "Physical Education")
_MIDDLE = ("English {}", "Mathematics {}", "Science {}", "Social Studies {}", "Spanish {}", "Band {}", "Fitness {}")
_HIGH = (
    ("English I", "Algebra I", "Biology", "World Geography", "Spanish I", "Art I", "Physical Education I"),
    ("English II", "Geometry", "Chemistry", "World History", "Español II", "Theater, Film & Media", "Health"),
    ("English III", "Algebra II", "Physics", "U.S. History", "Spanish III", "Computer Science", "Choir"),
    ("English IV", "Calculus", "Environmental Science", "Government & Economics", "Statistics", "Debate", "Yearbook"),
)
_CODES = ("ELA", "MAT", "SCI", "SOC", "LNG", "ART", "PED")


@dataclass(frozen=True, eq=False)
class World:
    """One district on one date. Frames refer to each other by row number, so nothing is looked up by text.

    `students` holds everyone ever enrolled; `present` tells who still is. Row i of `enrolled` holds the classes of
    student i, one per course; somebody who left keeps theirs, to come back to.
    """

    district: str
    as_of: date
    schools: pd.DataFrame  # school_id, name, first_grade, last_grade
    terms: pd.DataFrame  # term_id, title, type, begins, ends
    courses: pd.DataFrame  # course_id, code, title, grade, school
    classes: pd.DataFrame  # class_id, title, period, school, course, term, teacher, co_teacher (-1: none)
    teachers: pd.DataFrame  # teacher_id, first, last, email, school
    students: (
        pd.DataFrame
    )  # student_id, first, last, email, login, grade, school, present, moved (to another school), refused
    enrolled: np.ndarray  # int32, one row per student, SLOTS columns of class rows
    issued: int  # student ids given out so far; none is ever given twice


def generate(
    *,
    seed: int,
    students: int,
    schools: int | None = None,
    district: str = "springfield",
    as_of: date = date(2026, 9, 1),
    co_teacher_percent: float = 0.0,
) -> World:
    """Invent a district of `students` students, by default in schools of the usual size."""
    rng = np.random.default_rng([seed, 1])
    places = _open_schools(schools or max(1, round(students / _STUDENTS_PER_SCHOOL)))
    where, grade = _place(students, places)
    cohort, first_of, sections = _group(where, grade)
    courses = _plan_courses(where[first_of], grade[first_of], places)
    classes = _plan_classes(courses, sections)
    classes["teacher"] = _share_out(classes, courses)
    teachers = _hire(rng, classes, district)
    classes["co_teacher"] = _join(rng, classes, co_teacher_percent)
    return World(
        district=district,
        as_of=as_of,
        schools=places,
        terms=_plan_terms(as_of),
        courses=courses,
        classes=classes.drop(columns="section"),
        teachers=teachers,
        students=enrol(rng, district, np.arange(students), where, grade),
        enrolled=_seat(cohort, first_of, sections, grade),
        issued=students,
    )


def enrol(
    rng: np.random.Generator, district: str, numbers: np.ndarray, school: np.ndarray, grade: np.ndarray
) -> pd.DataFrame:
    """Invent students for these id numbers: about nine in ten have an email, fewer of the youngest."""
    ids = student_ids(numbers)
    given = rng.integers(len(names.GIVEN), size=len(numbers))
    family = rng.integers(len(names.FAMILY), size=len(numbers))
    initials = pa.array([names.slug(name)[0] for name in names.GIVEN]).take(pa.array(given))
    surnames = pa.array([names.slug(name) for name in names.FAMILY]).take(pa.array(family))
    login = pc.binary_join_element_wise(initials, surnames, pa.array(ids, pa.string()), "")
    email = pc.binary_join_element_wise(login, f"students.{domain(district)}", "@")
    without = rng.random(len(numbers)) < np.where(grade < 3, 0.35, 0.025)
    return pd.DataFrame(
        {
            "student_id": ids,
            "first": np.array(names.GIVEN, dtype=object)[given],
            "last": np.array(names.FAMILY, dtype=object)[family],
            "email": np.where(without, "", email.to_numpy(zero_copy_only=False)),
            "login": login.to_numpy(zero_copy_only=False),
            "grade": grade.astype(np.int32),
            "school": school.astype(np.int32),
            "present": True,
            "moved": False,
            "refused": False,
        }
    )


def domain(district: str) -> str:
    """A district's mail domain; its id may hold underscores, which a host name may not."""
    return f"{district.replace('_', '-')}.example"


def student_ids(numbers: np.ndarray) -> np.ndarray:
    """Turn running numbers into scattered seven-digit ids, as text."""
    scattered = pa.array((numbers.astype(np.int64) * _SCATTER + 40_211) % _NUMBERS)
    padded = pc.utf8_lpad(scattered.cast(pa.string()), width=7, padding="0")
    return np.asarray(padded.to_numpy(zero_copy_only=False))


def student_numbers(ids: np.ndarray) -> np.ndarray:
    """Turn ids back into the running numbers they were made of: the order in which they were given out."""
    scattered = np.asarray(ids, dtype=object).astype(np.int64)
    return (scattered - 40_211) * pow(_SCATTER, -1, _NUMBERS) % _NUMBERS


def _open_schools(count: int) -> pd.DataFrame:
    """Small districts have schools for all ages; larger ones elementary, middle and high schools."""
    if count <= 2:
        spans = [(0, 12, "School")] * count
    elif count == 3:
        spans = [(0, 8, "School"), (0, 8, "School"), (9, 12, "High School")]
    else:
        upper = max(1, count // 5)
        spans = [(0, 5, "Elementary School")] * (count - 2 * upper)
        spans += [(6, 8, "Middle School")] * upper + [(9, 12, "High School")] * upper
    titles = []
    for number, (_, _, kind) in enumerate(spans):
        again = number // len(names.SCHOOLS)
        titles.append(f"{names.SCHOOLS[number % len(names.SCHOOLS)]} {f'No. {again + 1} ' if again else ''}{kind}")
    return pd.DataFrame(
        {
            "school_id": [f"{101 + number:04d}" for number in range(count)],
            "name": titles,
            "first_grade": [first for first, _, _ in spans],
            "last_grade": [last for _, last, _ in spans],
        }
    )


def _plan_terms(as_of: date) -> pd.DataFrame:
    year = as_of.year if as_of.month >= 7 else as_of.year - 1
    label = f"{year}-{(year + 1) % 100:02d}"
    return pd.DataFrame(
        {
            "term_id": [f"{label}-Y", f"{label}-S1", f"{label}-S2"],
            "title": [f"{label} Full Year", f"{label} Semester 1", f"{label} Semester 2"],
            "type": ["schoolYear", "semester", "semester"],
            "begins": [f"{year}-08-17", f"{year}-08-17", f"{year + 1}-01-11"],
            "ends": [f"{year + 1}-06-04", f"{year}-12-18", f"{year + 1}-06-04"],
        }
    )


def _place(students: int, schools: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Spread the students evenly over grades and schools; sorted by school, then grade."""
    grade = np.arange(students) % len(GRADES)
    where = np.empty(students, dtype=np.int64)
    for level in range(len(GRADES)):
        offering = np.flatnonzero((schools["first_grade"] <= level) & (schools["last_grade"] >= level))
        ours = np.flatnonzero(grade == level)
        where[ours] = offering[np.arange(len(ours)) % len(offering)]
    order = np.lexsort((grade, where))
    return where[order], grade[order]


def _group(where: np.ndarray, grade: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cohorts, a school's students of one grade: each student's cohort, its first student, its number of sections."""
    _, first_of, cohort, size = np.unique(
        where * len(GRADES) + grade, return_index=True, return_inverse=True, return_counts=True
    )
    return cohort, first_of, np.where(size >= 6, np.maximum(2, -(-size // _CLASS_SIZE)), 1)


def _plan_courses(school: np.ndarray, grade: np.ndarray, schools: pd.DataFrame) -> pd.DataFrame:
    """Seven courses per cohort. A course belongs to one school, so a move within a course stays in its school."""
    titles = [_course_title(level, slot) for level in range(len(GRADES)) for slot in range(SLOTS)]
    codes = [f"{_CODES[slot]}{level:02d}" for level in range(len(GRADES)) for slot in range(SLOTS)]
    which = (grade[:, None] * SLOTS + np.arange(SLOTS)).ravel()
    at = np.repeat(school, SLOTS)
    code = np.array(codes, dtype=object)[which]
    return pd.DataFrame(
        {
            "course_id": schools["school_id"].to_numpy(object)[at] + "-" + code,
            "code": code,
            "title": np.array(titles, dtype=object)[which],
            "grade": np.repeat(grade, SLOTS).astype(np.int32),
            "school": at.astype(np.int32),
        }
    )


def _course_title(level: int, slot: int) -> str:
    if level <= 5:
        return f"{_YOUNG[slot]}, {f'Grade {level}' if level else 'Kindergarten'}"
    return _MIDDLE[slot].format(level) if level <= 8 else _HIGH[level - 9][slot]


def _plan_classes(courses: pd.DataFrame, sections: np.ndarray) -> pd.DataFrame:
    per_course = np.repeat(sections, SLOTS)
    course = np.repeat(np.arange(len(courses)), per_course)
    section = np.arange(len(course)) - np.repeat(np.cumsum(per_course) - per_course, per_course)
    slot = course % SLOTS
    ids = courses["course_id"].to_numpy(object)[course]
    return pd.DataFrame(
        {
            "class_id": [f"{course_id}-{number:02d}" for course_id, number in zip(ids, section + 1, strict=True)],
            "title": courses["title"].to_numpy(object)[course],
            "period": ((slot + section) % SLOTS + 1).astype(str),
            "school": courses["school"].to_numpy()[course],
            "course": course.astype(np.int32),
            # From grade 6 on, the last two courses last a semester.
            "term": ((courses["grade"].to_numpy()[course] >= 6) & (slot >= 5)).astype(np.int32),
            "section": section.astype(np.int32),
        }
    )


def _share_out(classes: pd.DataFrame, courses: pd.DataFrame) -> np.ndarray:
    """Give each class a teacher: in grades K-5 one for a section's core subjects, else one per five classes."""
    slot = classes["course"].to_numpy() % SLOTS
    grade = courses["grade"].to_numpy()[classes["course"]]
    core = (grade <= 5) & (slot < 4)
    block = classes.groupby([classes["school"], slot, core]).cumcount().to_numpy() // _LOAD
    keys = [classes["school"], core, np.where(core, grade, slot), np.where(core, classes["section"], block)]
    return classes.groupby(keys, sort=False).ngroup().to_numpy(np.int32)


def _hire(rng: np.random.Generator, classes: pd.DataFrame, district: str) -> pd.DataFrame:
    school = classes.groupby("teacher")["school"].first().to_numpy()
    given = rng.integers(len(names.GIVEN), size=len(school))
    family = rng.integers(len(names.FAMILY), size=len(school))
    staff = pd.DataFrame(
        {
            "teacher_id": [f"E{number:06d}" for number in rng.permutation(len(school)) + 1],
            "first": np.array(names.GIVEN, dtype=object)[given],
            "last": np.array(names.FAMILY, dtype=object)[family],
        }
    )
    plain = [f"{names.slug(a)}.{names.slug(b)}" for a, b in zip(staff["first"], staff["last"], strict=True)]
    namesakes = pd.Series(plain).groupby(plain).cumcount()
    staff["email"] = [
        f"{name}{again + 1 if again else ''}@{domain(district)}" for name, again in zip(plain, namesakes, strict=True)
    ]
    staff["school"] = school
    return staff


def _join(rng: np.random.Generator, classes: pd.DataFrame, percent: float) -> np.ndarray:
    """Give some classes a second teacher of the same school."""
    chosen = rng.random(len(classes)) < percent / 100
    teacher = classes["teacher"].to_numpy()
    other = classes.groupby("school")["teacher"].transform("max").to_numpy()
    return np.where(chosen & (other != teacher), other, -1).astype(np.int32)


def _seat(cohort: np.ndarray, first_of: np.ndarray, sections: np.ndarray, grade: np.ndarray) -> np.ndarray:
    """Seat every student in one section per course; sections of a course differ by one student at most."""
    rank = (np.arange(len(cohort)) - first_of[cohort])[:, None]
    split = sections[cohort][:, None]
    offset = (np.cumsum(sections * SLOTS) - sections * SLOTS)[cohort][:, None]
    slot = np.arange(SLOTS)
    # Young children stay together all day; older ones meet other classmates in every course.
    turn = np.where(grade[:, None] <= 5, 0, slot * (rank // split))
    return (offset + slot * split + (rank + turn) % split).astype(np.int32)
