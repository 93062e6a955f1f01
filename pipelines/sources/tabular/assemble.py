"""Pieces of a file put together: blocks into one table, cells into a row that quarantine can show."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.sources.tables import TEXT
from pipelines.sources.tabular.header import Matched


def combined(tables: list[pa.Table], fields: Sequence[str]) -> pa.Table:
    """Make one table, each column one chunk with one dictionary. Empties the list, to hold only one copy at a time."""
    schema = pa.schema([*((name, TEXT) for name in fields), ("line", pa.int32())])
    chunks = {name: [chunk for table in tables for chunk in table.column(name).chunks] for name in schema.names}
    tables.clear()
    return pa.table([_joined(chunks.pop(column.name), column.type) for column in schema], schema=schema)


def _joined(chunks: list[pa.Array], kind: pa.DataType) -> pa.Array:
    if not chunks:
        return pa.array([], kind)
    pa.default_memory_pool().release_unused()  # the columns before this one; millions of rows should fit in a gigabyte
    whole = pa.chunked_array(chunks, kind)
    return (whole.unify_dictionaries() if kind == TEXT else whole).combine_chunks()


def raw(cells: Sequence[str], matched: Matched) -> dict[str, str]:
    """Name every cell of a row: by our field, or by its position.

    The cells of a ragged line may stand in the wrong columns, but all of them are there.
    """
    ours = {position: name for name, position in matched.positions.items()}
    return {ours.get(position, f"column {position + 1}"): cell for position, cell in enumerate(cells)}


def int32s(numbers: Sequence[int] | npt.NDArray[np.int64]) -> pa.Array:
    """Hand numbers over as they are: `pa.array` would import pandas first, to see if they are a Series."""
    return pa.Array.from_buffers(pa.int32(), len(numbers), [None, pa.py_buffer(np.array(numbers, np.int32))])
