"""Pieces of a file put together: blocks into one table, cells into a row that quarantine can show."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.sources.tabular.header import Matched
from pipelines.tables import TEXT


def combined(tables: Sequence[pa.Table], fields: Sequence[str]) -> pa.Table:
    """Make one table, each column one chunk with one dictionary."""
    schema = pa.schema([*((name, TEXT) for name in fields), ("line", pa.int32())])
    columns = []
    for column in schema:
        chunks = [chunk for table in tables for chunk in table.column(column.name).chunks]
        whole = pa.chunked_array(chunks, column.type)
        if column.name != "line":
            whole = whole.unify_dictionaries()
        columns.append(whole.combine_chunks() if chunks else pa.array([], column.type))
    return pa.table(columns, schema=schema)


def raw(cells: Sequence[str], matched: Matched) -> dict[str, str]:
    """Name every cell of a row: by our field, or by its position.

    The cells of a ragged line may stand in the wrong columns, but all of them are there.
    """
    ours = {position: name for name, position in matched.positions.items()}
    return {ours.get(position, f"column {position + 1}"): cell for position, cell in enumerate(cells)}


def int32s(numbers: Sequence[int] | npt.NDArray[np.int64]) -> pa.Array:
    """Hand numbers over as they are: `pa.array` would import pandas first, to see if they are a Series."""
    return pa.Array.from_buffers(pa.int32(), len(numbers), [None, pa.py_buffer(np.array(numbers, np.int32))])
