"""The ids that vendors give. Each follows from the id in the student information system alone, on every machine."""

from __future__ import annotations

import hashlib

import numpy as np

from sandbox import district
from sandbox.district import World

_MOMENT = 0x6A000000  # a Clever id begins with the second of its creation; this is in May 2026
_CANVAS = {"teacher": 1_000, "student": 10_000_000, "course": 1_000, "section": 500_000}


def clever(world: World, kind: str, sis_id: str, number: int) -> str:
    """24 hexadecimal digits that sort in the order of `number`."""
    digest = hashlib.blake2b(f"{world.district}/{kind}/{sis_id}".encode(), digest_size=8)
    return f"{_MOMENT + int(number):08x}{digest.hexdigest()}"


def clever_all(world: World, kind: str) -> np.ndarray:
    """The Clever ids of all rows of a frame: schools, terms, courses, classes, teachers or students."""
    keys = getattr(world, kind).iloc[:, 0].to_numpy(object)
    if kind == "students":
        numbers = district.student_numbers(keys)
    elif kind == "teachers":
        numbers = np.array([int(key[1:]) for key in keys])
    else:
        numbers = np.arange(len(keys))
    made = [clever(world, kind, key, number) for key, number in zip(keys, numbers, strict=True)]
    return np.array(made, dtype=object)


def canvas_users(world: World, kind: str) -> np.ndarray:
    """The numeric Canvas ids of teachers or students; they stay when a SIS id changes."""
    return np.arange(len(getattr(world, f"{kind}s")), dtype=np.int64) + _CANVAS[kind]


def canvas_rows(kind: str, rows: np.ndarray) -> np.ndarray:
    """The numeric Canvas ids of courses or sections."""
    return np.asarray(rows, np.int64) + _CANVAS[kind]


def canvas_row(kind: str, row: int) -> int:
    """The numeric Canvas id of one course or section."""
    return int(row) + _CANVAS[kind]


def enrollment(class_id: str, person_id: str) -> str:
    """The OneRoster id of somebody's place in a class."""
    return f"{class_id}_{person_id}"
