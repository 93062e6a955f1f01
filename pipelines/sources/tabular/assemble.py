"""Assemble pieces of a file: blocks into one table, and cells into a row that quarantine can show."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.sources.tables import TEXT
from pipelines.sources.tabular.header import Matched


def combined(tables: list[pa.Table], fields: Sequence[str]) -> pa.Table:
    """Return one table, each column one chunk with one dictionary.

    Empties the list `tables`, so that memory holds only one copy at a time.
    """
    schema = pa.schema([*((name, TEXT) for name in fields), ("line", pa.int32())])
    chunks = {name: [chunk for table in tables for chunk in table.column(name).chunks] for name in schema.names}
    tables.clear()
    return pa.table([_joined(chunks.pop(column.name), column.type) for column in schema], schema=schema)


def _joined(chunks: list[pa.Array], kind: pa.DataType) -> pa.Array:
    if not chunks:
        return pa.array([], kind)
    pa.default_memory_pool().release_unused()  # frees earlier columns; millions of rows should fit in a gigabyte
    whole = pa.chunked_array(chunks, kind)
    return (whole.unify_dictionaries() if kind == TEXT else whole).combine_chunks()


def raw(cells: Sequence[str], matched: Matched) -> dict[str, str]:
    """Return every cell of a row under a name: our field, or the cell's position.

    The cells of a ragged line may have the names of wrong columns, but no cell is lost.
    """
    ours = {position: name for name, position in matched.positions.items()}
    return {ours.get(position, f"column {position + 1}"): cell for position, cell in enumerate(cells)}


def int32s(numbers: Sequence[int] | npt.NDArray[np.int64]) -> pa.Array:
    """Return numbers as an int32 array, from a buffer.

    `pa.array` would first import pandas, to check whether the numbers are a Series.
    """
    return pa.Array.from_buffers(pa.int32(), len(numbers), [None, pa.py_buffer(np.array(numbers, np.int32))])
