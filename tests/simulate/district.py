"""A tiny district whose truth changes by small named changes, and what its export says on a night."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

SCHOOLS, CLASSES, STUDENTS = 2, 8, 14
Change = tuple[str, ...]  # what happened, to whom, and with what
Key = tuple[str, ...]  # entity and ids at the source
Row = tuple[str, ...]
Delivery = tuple[tuple[Key, Row], ...]
COLUMNS = (
    *("term", "term_start", "term_end", "school_id", "school_name", "course_id", "course_name"),
    *("class_id", "class_name", "class_period", "student_id", "student_first", "student_last", "student_email"),
    *("student_grade", "teacher_id", "teacher_first", "teacher_last", "teacher_email"),
)


def school_of(class_id: str) -> str:
    """Return the school of a class."""
    return f"S{int(class_id[1:]) % SCHOOLS}"


def course_of(class_id: str) -> str:
    """Return the course of a class. At most two classes share a course, so a move has only one possible origin."""
    number = int(class_id[1:])
    return f"K{number % SCHOOLS}{number // (2 * SCHOOLS)}"


@dataclass(frozen=True)
class World:
    """Who sits in which class, and which form of a name, a title or a teacher is in use."""

    seats: frozenset[tuple[str, str]]  # student, class
    forms: tuple[tuple[str, str], ...] = field(default=())  # what has another form than at first

    def form(self, what: str) -> str:
        """Return the form in which a student's name, a class's title or a class's teacher is delivered."""
        return dict(self.forms).get(what, "0")

    def after(self, *changes: Change) -> World:
        """Return the district after some changes. A change that is not possible does nothing."""
        world = self
        for change in changes:
            changed = world._after(*change)
            world = changed if changed.seats else world
        return world

    def _after(self, what: str, who: str, other: str = "") -> World:
        if what == "leaves":
            return replace(self, seats=frozenset(seat for seat in self.seats if who not in seat))
        if what == "enters":  # a student is in the classes of one school only
            kept = {seat for seat in self.seats if seat[0] != who or school_of(seat[1]) == school_of(other)}
            return replace(self, seats=frozenset(kept | {(who, other)}))
        if what == "quits":
            return replace(self, seats=self.seats - {(who, other)})
        if what == "cut":  # only so many lines of the file arrive
            return replace(self, seats=frozenset(sorted(self.seats)[: int(who)]))
        return replace(self, forms=tuple(sorted({**dict(self.forms), who: other}.items())))

    def rows(self) -> list[dict[str, str]]:
        """Return the lines of the combined file."""
        return [self._line(student, class_id) for student, class_id in sorted(self.seats)]

    def _line(self, student: str, class_id: str) -> dict[str, str]:
        school, course = school_of(class_id), course_of(class_id)
        teacher = f"{school}T{self.form('teacher ' + class_id)}"
        return {
            "term": "The year",
            "term_start": "2026-01-01",
            "term_end": "2027-12-31",
            "school_id": school,
            "school_name": f"School {school}",
            "course_id": course,
            "course_name": f"Course {course}",
            "class_id": class_id,
            "class_name": f"Class {class_id} {self.form(class_id)}",
            "class_period": "1",
            "student_id": student,
            "student_first": f"Ann{student}",
            "student_last": f"Lee{self.form(student)}",
            "student_email": f"{student}@students.example".lower(),
            "student_grade": "9",
            "teacher_id": teacher,
            "teacher_first": f"Tea{teacher}",
            "teacher_last": "Cher",
            "teacher_email": f"{teacher}@school.example".lower(),
        }

    def delivery(self) -> Delivery:
        """Return what the file says, as rows of the roster: people, classes and enrollments."""
        said: dict[Key, Row] = {}
        for line in self.rows():
            student, teacher, of_class = (
                f"student:{line['student_id']}",
                f"staff:{line['teacher_id']}",
                line["class_id"],
            )
            for kind, key, grade in (("student", student, "9"), ("teacher", teacher, "")):
                names = tuple(line[f"{kind}_{part}"] for part in ("first", "last", "email"))
                said["users", key] = (line["school_id"], kind, *names, grade)
                said["enrollments", of_class, key, kind] = (line["school_id"],)
            said["classes", of_class] = (line["school_id"], line["class_name"], line["course_id"])
        return tuple(sorted(said.items()))

    def write(self, path: Path) -> Path:
        """Write the file."""
        out = io.StringIO()
        writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows())
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(out.getvalue(), encoding="utf-8")
        return path


def first_world(random: Random) -> World:
    """Return the district on its first night: two schools, six classes, a dozen students, four teachers."""
    seats = set()
    for number in range(STUDENTS - 2):
        of_school = [f"C{n}" for n in range(CLASSES - 2) if n % SCHOOLS == number % SCHOOLS]
        seats |= {(f"P{number}", class_id) for class_id in random.sample(of_school, random.choice((1, 1, 2)))}
    forms = {f"teacher C{n}": str(n // SCHOOLS % 2) for n in range(CLASSES)}
    return World(frozenset(seats), tuple(sorted(forms.items())))


def churn(random: Random, world: World) -> Change:
    """Draw one change that a night may bring."""
    students = sorted({student for student, _ in world.seats})
    student, class_id = random.choice(students), f"C{random.randrange(CLASSES)}"
    held = sorted(of for who, of in world.seats if who == student)
    form = str(random.randrange(3))
    return random.choice(
        (
            ("leaves", student),
            ("leaves", class_id),
            ("enters", f"P{random.randrange(STUDENTS)}", class_id),
            ("enters", student, class_id),
            ("enters", student, class_id),
            ("quits", student, random.choice(held)),
            ("becomes", student, form),
            ("becomes", class_id, form),
            ("becomes", f"teacher {class_id}", form),
        )
    )
