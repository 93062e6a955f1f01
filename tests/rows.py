"""Exports written by hand, a row at a time: what matters is in the test, the rest is usual."""

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
    """A usual row, but for some facts."""
    return USUAL | facts


def person(student_id: str, **facts: str) -> dict[str, str]:
    """A row of a student with a name of their own."""
    return row(student_id=student_id, student_first=f"First{student_id}", student_last=f"Last{student_id}", **facts)


def write(path: Path, *told: dict[str, str]) -> Path:
    """Write the rows as a combined file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        columns = list(dict.fromkeys(name for row in (USUAL, *told) for name in row))
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(told)
    return path
