"""What a vendor sees of a district: the schools that are shared, and the night on which each row last changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

import numpy as np

from sandbox.district import World

_AT = time(6, 15, 40, 221_000, UTC)  # vendors import rosters in the small hours


@dataclass(frozen=True, eq=False)
class Stamps:
    """For each row the night of its last change; night 0 is the first that was ever imported."""

    born: np.ndarray  # of each student: the night they came
    students: np.ndarray
    classes: np.ndarray  # the class itself
    sections: np.ndarray  # the class, or who is in it
    seats: np.ndarray  # of each student and slot


@dataclass(frozen=True, eq=False)
class View:
    """A world, and what of it is shared. Rows are named by their number in the world's frames."""

    world: World
    shared: np.ndarray  # bool, one for each school
    stamps: Stamps
    opened: date
    night: int = 0

    def students(self) -> np.ndarray:
        frame = self.world.students
        return np.flatnonzero(frame["present"].to_numpy(bool) & self.shared[frame["school"].to_numpy()])

    def rows(self, kind: str) -> np.ndarray:
        """Rows of schools, courses, classes, teachers, terms or students that are shared."""
        if kind == "students":
            return self.students()
        if kind == "terms":
            return np.arange(len(self.world.terms))
        if kind == "schools":
            return np.flatnonzero(self.shared)
        return np.flatnonzero(self.shared[getattr(self.world, kind)["school"].to_numpy()])

    def moment(self, night: int) -> str:
        """When a night's import was, as vendors write it."""
        return _moment(self.opened, int(night))


@cache
def _moment(opened: date, night: int) -> str:
    when = datetime.combine(opened + timedelta(days=night), _AT)
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03d}Z"


def opening(world: World) -> View:
    """Everything shared, everything as old as the district."""
    students, classes = len(world.students), len(world.classes)
    stamps = Stamps(
        born=np.zeros(students, np.int32),
        students=np.zeros(students, np.int32),
        classes=np.zeros(classes, np.int32),
        sections=np.zeros(classes, np.int32),
        seats=np.zeros(world.enrolled.shape, np.int32),
    )
    return View(world, np.ones(len(world.schools), bool), stamps, world.as_of)
