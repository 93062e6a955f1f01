"""Small exports that hypothesis draws: mostly valid, with names and mistakes as in real systems."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st

STUDENTS, CLASSES, TEACHERS, SCHOOLS, TERMS = 8, 6, 4, 3, 2
_OF_STUDENTS = ("student_first", "student_last", "student_id", "student_email", "student_grade")
_OF_TEACHERS = ("teacher_first", "teacher_last", "teacher_email", "teacher_id")
_OF_CLASSES = ("term", "school_id", "class_name", "class_id", "class_period", "course_id", "course_name")
COLUMNS = (*_OF_CLASSES, *_OF_STUDENTS, *_OF_TEACHERS)
_NAMES = (
    "Ann",
    "ANN",
    "Ánn",
    "A\u0301nn",
    "O'Brien",
    'Quo"te',
    " Bo ",
    "李",
    "=1+1",
    "a,b;c",
    "Null",
    "Ann\u00a0Lee",
    "-",
)
_MISTAKES = {
    "no student id": {"student_id": ""},
    "no class": {"class_id": ""},
    "no school": {"school_id": ""},
    "no term": {"term": ""},
    "no teacher": {"teacher_first": "", "teacher_last": "", "teacher_email": "", "teacher_id": ""},
    "no name": {"student_last": " "},
    "no email": {"student_email": ""},
    "bad email": {"student_email": "nobody@@"},
    "other school": {"school_id": "S2"},
    "other person": {"student_first": "Zoë", "student_last": "Zz", "student_email": "zoe@z.example"},
    "other title": {"class_name": "Other"},
    "mangled id": {"student_id": "1.2E+03"},
    "control": {"student_first": "A\x07"},
    "another's id": {"student_id": "0001"},
}


@dataclass(frozen=True)
class Export:
    """The rows of one night: enrollments, present names, and the mistakes in some rows."""

    seats: tuple[tuple[int, int], ...]  # student, class
    names: tuple[int, ...]  # of each student, a name
    grades: tuple[int, ...]
    titles: tuple[int, ...]  # of each class
    teachers: tuple[int, ...]  # of each class
    mistakes: tuple[tuple[int, str], ...]  # row, what is wrong with it
    again: tuple[int, ...]  # rows delivered twice

    def rows(self) -> list[dict[str, str]]:
        """Return the rows of the combined file."""
        rows = [self._row(student, of_class) for student, of_class in self.seats]
        for at, kind in self.mistakes:
            rows[at % len(rows)] |= _MISTAKES[kind]
        return rows + [dict(rows[at % len(rows)]) for at in self.again]

    def write(self, path: Path) -> Path:
        """Write the file."""
        out = io.StringIO()
        writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows())
        path.write_text(out.getvalue(), encoding="utf-8")
        return path

    def _row(self, student: int, of_class: int) -> dict[str, str]:
        teacher, name = self.teachers[of_class], _NAMES[self.names[student] % len(_NAMES)]
        return {
            "term": f"Term {of_class % TERMS}",
            "school_id": f"S{of_class % SCHOOLS}",
            "class_name": f"Title {self.titles[of_class]}",
            "class_id": f"C{of_class}",
            "class_period": str(self.titles[of_class] % 3),
            "student_first": name,
            "student_last": f"{name} {student}",
            "student_id": f"{student:04}",
            "teacher_first": "Tea",
            "teacher_last": f"Cher{teacher}",
            "teacher_email": f"t{teacher}@school.example",
            "student_email": f"s{student}@students.example" if student % 3 else "",
            "student_grade": str(self.grades[student]),
            "teacher_id": f"E{teacher}" if teacher % 2 else "",
            "course_id": f"K{of_class % 2}{of_class % SCHOOLS}",
            "course_name": f"Course {of_class % 2}",
        }


def _each(count: int, most: int) -> st.SearchStrategy[tuple[int, ...]]:
    return st.tuples(*[st.integers(0, most)] * count)


_SEAT = st.tuples(st.integers(0, STUDENTS - 1), st.integers(0, CLASSES - 1))
EXPORT = st.builds(
    Export,
    seats=st.lists(_SEAT, min_size=1, max_size=24, unique=True).map(tuple),
    names=_each(STUDENTS, len(_NAMES)),
    grades=_each(STUDENTS, 2),
    titles=_each(CLASSES, 3),
    teachers=_each(CLASSES, TEACHERS - 1),
    mistakes=st.lists(st.tuples(st.integers(0, 30), st.sampled_from(sorted(_MISTAKES))), max_size=3).map(tuple),
    again=st.lists(st.integers(0, 30), max_size=2).map(tuple),
)
