"""What differs between two nights, as row numbers. A student's new id counts as one who left and one who came."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from sandbox.district import World
from sandbox.vendors.view import Stamps, View

KINDS = ("schools", "courses", "classes", "teachers", "students")
_TOLD = {"students": ["first", "last", "email", "login", "grade", "school"], "classes": ["title", "period", "teacher"]}


@dataclass(frozen=True, eq=False)
class Delta:
    """Rows of one kind that came, left, or are still there with other values."""

    came: np.ndarray
    left: np.ndarray
    altered: np.ndarray


@dataclass(frozen=True, eq=False)
class Change:
    """From one night to the next. Of `seats`, each row is a student and a slot; `sections` are classes touched."""

    of: dict[str, Delta]
    seats_taken: np.ndarray
    seats_left: np.ndarray
    sections: np.ndarray


def compare(before: View, after: View) -> Change:
    """Tell two nights apart; the later world may have more students at its end."""
    of = {kind: _compare_rows(kind, before, after) for kind in KINDS}
    left, taken = _compare_seats(before, after, of["students"])
    moved = np.concatenate([_classes_at(before.world, left), _classes_at(after.world, taken)])
    still = np.intersect1d(before.rows("classes"), after.rows("classes"))
    sections = np.intersect1d(np.union1d(moved, of["classes"].altered), still)
    return Change(of, taken, left, sections)


def stamp(stamps: Stamps, change: Change, world: World, night: int) -> Stamps:
    """Note the night on everything that changed."""
    grown = len(world.students) - len(stamps.students)
    born, students = (np.pad(old, (0, grown)) for old in (stamps.born, stamps.students))
    classes, sections = stamps.classes.copy(), stamps.sections.copy()
    seats = np.pad(stamps.seats, ((0, grown), (0, 0)))
    delta = change.of["students"]
    born[delta.came] = night
    students[np.concatenate([delta.came, delta.altered])] = night
    classes[np.concatenate([change.of["classes"].came, change.of["classes"].altered])] = night
    sections[np.concatenate([change.sections, change.of["classes"].came])] = night
    seats[change.seats_taken[:, 0], change.seats_taken[:, 1]] = night
    return replace(stamps, born=born, students=students, classes=classes, sections=sections, seats=seats)


def _compare_rows(kind: str, before: View, after: View) -> Delta:
    old, new = before.rows(kind), after.rows(kind)
    both = np.intersect1d(old, new, assume_unique=True)
    frames = getattr(before.world, kind), getattr(after.world, kind)
    columns = _TOLD.get(kind, [])
    altered = both[_differs(*frames, both, columns)] if columns else both[:0]
    rekeyed = both[_differs(*frames, both, ["student_id"])] if kind == "students" else both[:0]
    came = np.union1d(np.setdiff1d(new, old, assume_unique=True), rekeyed)
    left = np.union1d(np.setdiff1d(old, new, assume_unique=True), rekeyed)
    return Delta(came, left, np.setdiff1d(altered, rekeyed, assume_unique=True))


def _differs(old: pd.DataFrame, new: pd.DataFrame, rows: np.ndarray, columns: list[str]) -> np.ndarray:
    differs = np.zeros(len(rows), bool)
    for column in columns:
        differs |= old[column].to_numpy(object)[rows] != new[column].to_numpy(object)[rows]
    return differs


def _compare_seats(before: View, after: View, students: Delta) -> tuple[np.ndarray, np.ndarray]:
    """Seats left and seats taken, each a student and a slot."""
    old, new = before.world.enrolled, after.world.enrolled
    stay = np.setdiff1d(np.intersect1d(before.students(), after.students()), students.came)
    row, slot = np.nonzero(old[stay] != new[stay])
    moved = np.column_stack([stay[row], slot])
    return tuple(np.concatenate([_all_seats(rows, old.shape[1]), moved]) for rows in (students.left, students.came))


def _all_seats(students: np.ndarray, slots: int) -> np.ndarray:
    return np.column_stack([np.repeat(students, slots), np.tile(np.arange(slots), len(students))])


def _classes_at(world: World, seats: np.ndarray) -> np.ndarray:
    return world.enrolled[seats[:, 0], seats[:, 1]]
