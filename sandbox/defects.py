"""A clean export spoiled: every mistake of `schemas.rules` that a file can carry, and on which lines it stands.

Each mistake strikes people or classes of its own, every class keeps lines that are right, and whom it strikes follows
from the seed and their ids: so the lines listed under a code are exactly those that break its rule, and most mistakes
stand in the next night's file again.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sandbox.mistakes import OF_CLASS, OF_PERSON, OF_ROW, OF_TEXT, Draft, Person

_ROWS_PER_ROUND = 14_000  # each mistake is made once, and once more for every so many rows


@dataclass(frozen=True, eq=False)
class Spoiled:
    """Rows with mistakes in them; `ragged` are those, by position, that do not keep to the header.

    `injected` has, for each code, the source lines (the header is line 1) that break the rule: all lines that must be
    quarantined for it, or for a warning or note the lines it is about. MISSING_EMAIL has one line for each person.
    """

    rows: pd.DataFrame
    ragged: dict[int, tuple[str, ...]]
    injected: dict[str, tuple[int, ...]]


_PEOPLE = {
    "combined": Person(
        "student_id", "student_first", "student_last", "student_email", "MISSING_STUDENT_ID", ("student_id",),
        "student_grade",
    ),
    "students": Person(
        "student_id", "student_first", "student_last", "student_email", "MISSING_STUDENT_ID", ("student_id",),
        "student_grade",
    ),
    "staff": Person(
        "teacher_id", "teacher_first", "teacher_last", "teacher_email", "MISSING_STAFF_KEY",
        ("teacher_id", "teacher_email"), "teacher_email",
    ),
    "sds_v21": Person("sourcedId", "givenName", "familyName", "email", "MISSING_ID", ("sourcedId",), "email"),
}  # fmt: skip


def spoils(layout: str, sheet: str) -> bool:
    """Tell whether mistakes are made in this table: of SDS only in users."""
    return layout != "sds_v21" or sheet == "users"


def spoil(rows: pd.DataFrame, *, seed: int, layout: str = "combined", text: bool = True) -> Spoiled:
    """Make every mistake the layout can carry; a workbook (`text=False`) has no ragged lines.

    From about 800 students on, less than 3 % of the rows are struck.
    """
    columns = {str(name): rows[name].to_numpy(object, copy=True) for name in rows.columns}
    person = _PEOPLE[layout]
    rounds = max(1, len(rows) // (_ROWS_PER_ROUND if "class_id" in columns else _ROWS_PER_ROUND // 7))
    anchors, classes = _choose_classes(columns, seed, rounds * len(OF_CLASS))
    struck = np.concatenate([*classes, np.array([], np.int64)])
    spared = {*columns[person.id][anchors], *columns[person.id][struck]}
    draft = Draft(columns, person, _choose_people(columns[person.id], seed, spared))
    for number, at in enumerate(classes):
        OF_CLASS[number % len(OF_CLASS)](draft, at)
    kinds = [*OF_PERSON, *(OF_ROW if "class_id" in columns else ()), *(OF_TEXT if text else ())]
    for _ in range(rounds):
        for kind in kinds:
            kind(draft)
    return _finish(draft)


def _finish(draft: Draft) -> Spoiled:
    frame = pd.DataFrame(draft.columns, dtype=object)
    if draft.added:
        frame = pd.concat([frame, pd.DataFrame(draft.added, dtype=object)], ignore_index=True)
    notes = {"DUPLICATE_ROW", "TRIMMED", "NAME_NORMALISED"}
    wrong = {row for code, rows in draft.struck.items() if code not in notes for row in rows}
    lines = {code: tuple(sorted(row + 2 for row in rows)) for code, rows in draft.struck.items()}
    right = frame[~frame.index.isin(wrong) & (frame[draft.person.email] == "")]
    without = right.drop_duplicates(draft.person.id).index
    return Spoiled(frame, draft.ragged, lines | {"MISSING_EMAIL": tuple(int(row) + 2 for row in without)})


def _chance(seed: int, key: str) -> int:
    return zlib.crc32(f"{seed}:{key}".encode())


def _choose_classes(columns: dict[str, np.ndarray], seed: int, count: int) -> tuple[np.ndarray, list[np.ndarray]]:
    """One row of every class that is left alone, and the rows of each class that is struck."""
    if "class_id" not in columns:
        return np.array([], np.int64), []
    rows_of = pd.Series(columns["class_id"]).groupby(columns["class_id"]).indices
    chosen = sorted(rows_of, key=lambda key: _chance(seed, key))[:count]
    return np.array([rows[0] for rows in rows_of.values()]), [rows_of[key] for key in chosen]


def _choose_people(ids: np.ndarray, seed: int, spared: set[str]) -> Iterator[np.ndarray]:
    # In SDS, where staff and students share a table, only students are struck: a teacher's fall takes classes along.
    rows_of = pd.Series(ids).groupby(ids).indices
    mixed = len({key[:1] == "E" for key in rows_of}) == 2
    free = [key for key in rows_of if key not in spared and not (mixed and key.startswith("E"))]
    return iter([rows_of[key] for key in sorted(free, key=lambda key: _chance(seed, key))])
