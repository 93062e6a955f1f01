"""Lay a delivery's lines end to end: the files of one kind become one stretch of codes, problems included.

A line that the reader could not read as a row is here, too, already rejected. If its fields can't be trusted, all its
values are null, and its text is only searched for ids to protect.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipelines.errors import ContractBroken, Place, SourceIncomplete
from pipelines.sources.assertions import Layout
from pipelines.sources.tables import TEXT, Problem, Table

UNTRUSTED = "RAGGED_LINE"  # the line's fields may be in the wrong columns


@dataclass(frozen=True)
class Stretch:
    """All lines of one kind of file as read: `rows` has a TEXT column per field, line `start` is its first."""

    part: str
    start: int
    rows: pa.Table


@dataclass(frozen=True)
class RejectedLine:
    """A line that came with a problem."""

    at: int
    problem: Problem


@dataclass(frozen=True)
class Lines:
    """The place of each line: `files[file[i]]`, line `number[i]`; and the problems that the reader found."""

    files: tuple[str, ...]
    file: NDArray[np.int32]
    number: NDArray[np.int32]
    stretches: tuple[Stretch, ...]
    rejected: tuple[RejectedLine, ...]

    @property
    def count(self) -> int:
        """Count the lines received."""
        return len(self.number)


def lay_out(tables: Sequence[Table], layout: Layout) -> Lines:
    """Lay the tables of a delivery end to end, kind by kind, in the order given."""
    stretches: list[Stretch] = []
    rejected: list[RejectedLine] = []
    read = [
        (at, table) for part in layout.schemas for at, table in enumerate(tables) if layout.part_of(table.name) == part
    ]
    start = 0
    for part, schema in layout.schemas.items():
        own = [table for _, table in read if layout.part_of(table.name) == part]
        fields = [name for name in schema.columns if any(name in table.rows.column_names for table in own)]
        for table in own:
            _check_whole(table, [name for name, column in schema.columns.items() if column.required])
        begin = start
        pieces = []
        for table in own:
            pieces += [_rows(table, fields), _problem_rows(table.problems, fields)][: 2 if table.problems else 1]
            first = start + table.rows.num_rows
            rejected += [RejectedLine(first + at, problem) for at, problem in enumerate(table.problems)]
            start = first + len(table.problems)
        if own:
            stretches.append(Stretch(part, begin, _join(pieces)))
    numbers = [piece for _, table in read for piece in _numbers(table)]
    return Lines(
        files=tuple(table.name for table in tables),
        file=np.repeat([at for at, _ in read], [table.received for _, table in read]).astype(np.int32),
        number=np.concatenate([*numbers, np.empty(0, np.int32)]).astype(np.int32, copy=False),
        stretches=tuple(stretches),
        rejected=tuple(rejected),
    )


def _join(pieces: list[pa.Table]) -> pa.Table:
    """Lay tables end to end, each column in one chunk with one list of values. Columns in this form are not copied."""
    rows = pa.concat_tables(pieces)
    if all(column.num_chunks == 1 for column in rows.columns):
        return rows
    return rows.unify_dictionaries().combine_chunks()


def _numbers(table: Table) -> Iterable[NDArray[np.int32]]:
    yield table.rows.column("line").to_numpy()
    yield np.array([problem.line for problem in table.problems], dtype=np.int32)


def _check_whole(table: Table, required: Iterable[str]) -> None:
    missing = [name for name in required if name not in table.rows.column_names]
    if missing:
        raise ContractBroken(
            f"missing columns: {', '.join(missing)}", place=Place(table.name), owner="export script owner"
        )
    if table.received != table.rows.num_rows + len(table.problems):
        raise SourceIncomplete("Rollbook lost rows while it read the file", place=Place(table.name))


def _rows(table: Table, fields: Sequence[str]) -> pa.Table:
    blank = pa.DictionaryArray.from_arrays(pa.array(np.zeros(table.rows.num_rows, np.int32)), pa.array([""]))
    present = set(table.rows.column_names)
    return pa.table({name: _as_text(table.rows.column(name)) if name in present else blank for name in fields})


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column if column.type == TEXT else column.cast(TEXT)


def _problem_rows(problems: Sequence[Problem], fields: Sequence[str]) -> pa.Table:
    """Make rows of problems whose fields can be trusted; a cell that a spreadsheet has mangled becomes empty."""

    def cell(problem: Problem, name: str) -> str:
        return "" if problem.code == UNTRUSTED or name == problem.column else problem.raw.get(name, "")

    return pa.table(
        {name: pa.array([cell(problem, name) for problem in problems], pa.string()).cast(TEXT) for name in fields}
    )


def raw_of(rejected: Iterable[RejectedLine]) -> Mapping[int, Problem]:
    """Return each line's problem by the line's index."""
    return {item.at: item.problem for item in rejected}
