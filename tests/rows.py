"""Exports written row by row: a test sets the values that matter, all others have defaults."""

from __future__ import annotations

import csv
from pathlib import Path

USUAL = {
    "term": "Fall",
    "school_id": "S1",
    "class_name": "Biology",
    "class_id": "C1",
    "class_period": "1",
    "student_first": "Ann",
    "student_last": "Lee",
    "student_id": "1",
    "student_email": "",
    "teacher_first": "Tea",
    "teacher_last": "Cher",
    "teacher_email": "tea@school.example",
    "course_id": "K1",
    "course_name": "Science",
}


def row(**facts: str) -> dict[str, str]:
    """Return a row with default values, except the given ones."""
    return USUAL | facts


def person(student_id: str, **facts: str) -> dict[str, str]:
    """Return a row of a student with a unique name."""
    return row(student_id=student_id, student_first=f"First{student_id}", student_last=f"Last{student_id}", **facts)


def write(path: Path, *rows: dict[str, str]) -> Path:
    """Write the rows as a combined file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        columns = list(dict.fromkeys(name for row in (USUAL, *rows) for name in row))
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path
