"""The mistakes themselves: each strikes people or classes whom no other has struck, and says which rows are wrong."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

_LONG = 1_200
_SHORTER = 3  # fields that a line cut off lacks


@dataclass(frozen=True)
class Person:
    """The columns that tell who a row is about, and the code for telling nobody."""

    id: str
    first: str
    last: str
    email: str
    missing_id: str
    keys: tuple[str, ...]  # what has to be empty for the person to have no id
    differs: str  # what two rows of one person may disagree about


@dataclass
class Draft:
    """The export in the making: its columns, who may still be struck, and what was done."""

    columns: dict[str, np.ndarray]
    person: Person
    victims: Iterator[np.ndarray]  # of each further person, the rows
    added: list[dict[str, str]] = field(default_factory=list)
    ragged: dict[int, tuple[str, ...]] = field(default_factory=dict)
    struck: dict[str, list[int]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return len(self.columns[self.person.id]) + len(self.added)

    def blame(self, code: str, rows: object) -> None:
        self.struck.setdefault(code, []).extend(np.asarray(rows).tolist())

    def fill(self, name: str, rows: np.ndarray, value: str) -> None:
        if name in self.columns:
            self.columns[name][rows] = value

    def row(self, at: int) -> dict[str, str]:
        return {name: values[at] for name, values in self.columns.items()}


def _next(draft: Draft, fits: Callable[[np.ndarray], bool] = lambda _: True) -> np.ndarray:
    for rows in draft.victims:
        if fits(rows):
            return rows
    raise ValueError("too few people for every mistake: make the district larger")


def _without_teacher(draft: Draft, rows: np.ndarray) -> None:
    for name in draft.columns:
        if name.startswith(("teacher_", "co_teacher_")):
            draft.fill(name, rows, "")
    draft.blame("CLASS_WITHOUT_TEACHER", rows)


def _without_staff_key(draft: Draft, rows: np.ndarray) -> None:
    draft.fill("teacher_id", rows, "")
    draft.fill("teacher_email", rows, "")
    draft.blame("MISSING_STAFF_KEY", rows)


def _without_title(draft: Draft, rows: np.ndarray) -> None:
    draft.fill("class_name", rows, "")
    draft.blame("MISSING_TITLE", rows)


def _in_two_schools(draft: Draft, rows: np.ndarray) -> None:
    here = draft.columns["school_id"]
    elsewhere = np.flatnonzero((here != here[rows[0]]) & (here != ""))
    if not len(elsewhere):
        return
    for name in ("school_id", "school_name"):
        draft.fill(name, rows[: len(rows) // 2], draft.columns[name][elsewhere[0]])
    draft.blame("CLASS_TWO_SCHOOLS", rows)


def _without_id(draft: Draft) -> None:
    rows = _next(draft)
    for key in draft.person.keys:
        draft.fill(key, rows, "")
    draft.blame(draft.person.missing_id, rows)


def _without_name(draft: Draft) -> None:
    rows = _next(draft)
    draft.fill(draft.person.last, rows, "")
    draft.blame("MISSING_NAME", rows)


def _with_bad_email(draft: Draft) -> None:
    rows = _next(draft)
    draft.fill(draft.person.email, rows, f"{draft.columns[draft.person.last][rows[0]]}@@students")
    draft.blame("INVALID_EMAIL", rows)


def _without_email(draft: Draft) -> None:
    """Listed with all others who have none, in the end. The username of SDS may not stand in for the email either."""
    rows = _next(draft)
    draft.fill(draft.person.email, rows, "")
    if "username" in draft.columns:
        draft.fill("username", rows, draft.columns["username"][rows[0]].partition("@")[0])


def _with_spaces(draft: Draft) -> None:
    rows = _next(draft)
    for name in (draft.person.id, draft.person.first, draft.person.last):
        draft.fill(name, rows, f"  {draft.columns[name][rows[0]]} ")
    draft.blame("TRIMMED", rows)


def _in_pieces(draft: Draft) -> None:
    """Letters and their marks as separate characters, as some systems store them: Unicode NFD."""
    last = draft.columns[draft.person.last]
    rows = _next(draft, lambda rows: unicodedata.normalize("NFD", last[rows[0]]) != last[rows[0]])
    draft.fill(draft.person.last, rows, unicodedata.normalize("NFD", last[rows[0]]))
    draft.blame("NAME_NORMALISED", rows)


def _as_numbers(draft: Draft) -> None:
    """An id that a spreadsheet took for a number: as a fraction, or in scientific notation."""
    first, second = _next(draft), _next(draft)
    digits = draft.columns[draft.person.id][first[0]].lstrip("E0")
    draft.fill(draft.person.id, first, f"{digits}.0")
    draft.fill(draft.person.id, second, f"{int(digits) / 1e6:.2f}E+10")
    draft.blame("ID_MANGLED", np.concatenate([first, second]))


def _too_long(draft: Draft) -> None:
    rows = _next(draft)
    draft.fill(draft.person.first, rows, "long" * (_LONG // 4))
    draft.blame("TOO_LONG", rows)


def _of_two_people(draft: Draft) -> None:
    """Somebody's id on somebody else's rows: both names and both emails differ."""
    first, last = draft.columns[draft.person.first], draft.columns[draft.person.last]
    email = draft.columns[draft.person.email]
    one = _next(draft, lambda rows: email[rows[0]] != "")
    two = _next(
        draft, lambda rows: email[rows[0]] != "" and first[rows[0]] != first[one[0]] and last[rows[0]] != last[one[0]]
    )
    draft.fill(draft.person.id, one, draft.columns[draft.person.id][two[0]])
    draft.blame("ID_TWO_PEOPLE", np.concatenate([one, two]))


def _twice(draft: Draft) -> None:
    rows = _next(draft)
    draft.blame("DUPLICATE_ROW", [draft.size])
    draft.added.append(draft.row(rows[0]))


def _twice_otherwise(draft: Draft) -> None:
    """The same row again, but for one value: nobody can tell which is right, for any of the person's rows."""
    rows = _next(draft)
    row = draft.row(rows[0])
    row[draft.person.differs] = "13" if draft.person.differs == "student_grade" else "another@elsewhere.example"
    draft.blame("CONFLICTING_DUPLICATE", [*rows, draft.size])
    draft.added.append(row)


def _lacking(name: str, code: str) -> Callable[[Draft], None]:
    def strike(draft: Draft) -> None:
        row = _next(draft)[:1]
        draft.fill(name, row, "")
        draft.blame(code, row)

    return strike


def _with_control(draft: Draft) -> None:
    rows = _next(draft)
    last = draft.columns[draft.person.last][rows[0]]
    draft.fill(draft.person.last, rows, f"{last[:2]}\x1f{last[2:]}")
    draft.blame("CONTROL_CHARACTER", rows)


def _ragged(draft: Draft) -> None:
    """A delimiter that was not quoted, and a line cut off."""
    for cut in (False, True):
        row = int(_next(draft)[0])
        cells = tuple(draft.row(row).values())
        draft.ragged[row] = cells[:-_SHORTER] if cut else (*cells, "Jr.")
        draft.blame("RAGGED_LINE", [row])


OF_CLASS = (_without_teacher, _without_staff_key, _without_title, _in_two_schools)
OF_PERSON = (
    _without_id,
    _without_name,
    _with_bad_email,
    _without_email,
    _with_spaces,
    _in_pieces,
    _as_numbers,
    _too_long,
    _of_two_people,
    _twice,
    _twice_otherwise,
    _with_control,
)
OF_ROW = (
    _lacking("term", "MISSING_TERM"),
    _lacking("school_id", "MISSING_SCHOOL_ID"),
    _lacking("class_id", "MISSING_CLASS_ID"),
)
OF_TEXT = (_ragged,)
