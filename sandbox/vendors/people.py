"""What vendors know besides the roster: guardians, birth dates and the like, the same for a person on every night."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from sandbox import district, names
from sandbox.vendors.view import View

_FEW = 8  # one family in so many has no guardian on record
RACES = ("white", "asian", "blackOrAfricanAmerican", "americanIndianOrAlaskaNative", "demographicRaceTwoOrMoreRaces")


@dataclass(frozen=True)
class Guardian:
    """One adult of a family of two students at most; `students` are rows of the world, those who are shared."""

    number: int
    first: str
    last: str
    email: str
    phone: str
    students: tuple[int, ...]

    @property
    def sis_id(self) -> str:
        return f"C{self.number:07d}"


@dataclass(frozen=True)
class Particulars:
    """A student's private data, from the number of their id."""

    born: tuple[int, int, int]  # year, month, day
    sex: str  # female | male
    race: str
    hispanic: bool


def numbers(view: View) -> np.ndarray:
    """The running numbers of all students' ids."""
    return district.student_numbers(view.world.students["student_id"].to_numpy(object))


def guardians(view: View) -> list[Guardian]:
    """Everybody's guardians; a guardian without a student who is shared is not known."""
    rows = view.students()
    family = numbers(view)[rows] // 2
    order = np.argsort(family, kind="stable")
    kept, starts = np.unique(family[order], return_index=True)
    groups = np.split(rows[order], starts[1:]) if len(rows) else []
    return [
        _guardian(int(number), tuple(map(int, group)))
        for number, group in zip(kept, groups, strict=True)
        if number % _FEW
    ]


def guardian_id(number: int) -> str | None:
    """The id of the guardian of a student with this running number."""
    family = int(number) // 2
    return f"C{family:07d}" if family % _FEW else None


@lru_cache(maxsize=200_000)
def particulars(number: int, grade: int, year: int) -> Particulars:
    """Invent a student's private data; who is in kindergarten turns five in the year before."""
    born = (year - 6 - grade, number % 12 + 1, number % 28 + 1)
    return Particulars(born, ("female", "male")[number % 2], RACES[number % len(RACES)], number % 4 == 0)


def _guardian(number: int, students: tuple[int, ...]) -> Guardian:
    first = names.GIVEN[number * 7 % len(names.GIVEN)]
    last = names.FAMILY[number * 13 % len(names.FAMILY)]
    email = f"{names.slug(first)}.{names.slug(last)}.{number}@mail.example"
    return Guardian(number, first, last, email, f"555{number % 10_000_000:07d}", students)
