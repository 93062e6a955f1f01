"""Process tables of text as codes into distinct values, so that a change computes each distinct value once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipelines.sources.tables import TEXT, Table

Codes = NDArray[np.int32]


@dataclass(frozen=True)
class Cells:
    """A column: `codes` point into `values`, which are distinct texts. Surrounding spaces are preserved."""

    codes: Codes
    values: pa.Array


def coded(table: Table, name: str) -> Cells:
    """Return a column as codes; if the table lacks the column, return one that is empty in every row."""
    rows = table.rows
    if name not in rows.column_names:
        return Cells(np.zeros(rows.num_rows, np.int32), pa.array([""]))
    column = rows.column(name).cast(TEXT).unify_dictionaries()
    if not column.num_chunks:
        return Cells(np.zeros(0, np.int32), pa.array([], pa.string()))
    cells = pa.concat_arrays(column.chunks)
    return Cells(cells.indices.to_numpy(zero_copy_only=False), cells.dictionary)


def text(column: Cells) -> pa.DictionaryArray:
    """Return a column of text with only the values that its rows use, so that no value of a dropped row remains."""
    used = np.bincount(column.codes, minlength=len(column.values)) > 0
    places = np.cumsum(used, dtype=np.int32) - 1
    return pa.DictionaryArray.from_arrays(
        pa.array(places[column.codes], pa.int32()), column.values.take(pa.array(np.flatnonzero(used)))
    )


def mapped(column: Cells, change: Callable[[str], str]) -> pa.DictionaryArray:
    """Apply `change` to every distinct value; values that become equal are merged."""
    places: dict[str, int] = {}
    to = [places.setdefault(change(value), len(places)) for value in column.values.to_pylist()]
    codes = np.array([*to, 0], np.int32)[column.codes]
    return text(Cells(codes, pa.array(list(places), pa.string())))


def filtered(table: Table, kept: NDArray[np.bool_]) -> Table:
    """Return the table with only the rows that `kept` marks, and with all its problems."""
    if kept.all():
        return table
    at = np.flatnonzero(kept)
    columns = {
        name: text(Cells(cells.codes[at], cells.values))
        for name in table.rows.column_names
        if name != "line"
        for cells in [coded(table, name)]
    }
    columns["line"] = pa.array(table.rows.column("line").to_numpy()[at], pa.int32())
    return replace(table, rows=pa.table(columns), received=len(at) + len(table.problems))
