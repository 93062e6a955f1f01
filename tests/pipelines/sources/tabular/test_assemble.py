"""Blocks become one table, and cells become a row that quarantine can show."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from pipelines.sources.tables import TEXT
from pipelines.sources.tabular.assemble import combined, int32s, raw
from pipelines.sources.tabular.header import Matched


def test_blocks_become_columns_of_one_chunk_with_one_dictionary() -> None:
    blocks = [
        pa.table({"a": pa.array(cells).dictionary_encode(), "line": int32s(lines)})
        for cells, lines in ((["x", "y"], [2, 3]), (["y", "", "x"], [4, 6, 7]), ([], []))
        if cells
    ]
    table = combined(blocks, ("a",))
    assert table.column("a").to_pylist() == ["x", "y", "y", "", "x"]
    assert table.column("line").to_pylist() == [2, 3, 4, 6, 7]
    assert [column.num_chunks for column in table.columns] == [1, 1]
    assert len(table.column("a").chunk(0).dictionary) == 3


def test_no_blocks_give_a_table_without_rows() -> None:
    table = combined([], ("a", "b"))
    assert table.schema == pa.schema([("a", TEXT), ("b", TEXT), ("line", pa.int32())])
    assert table.num_rows == 0


def test_cells_are_named_by_field_or_position() -> None:
    matched = Matched(positions={"class_id": 1}, width=2, ignored=(), absent=())
    assert raw(["x", "C1", "y"], matched) == {"column 1": "x", "class_id": "C1", "column 3": "y"}


def test_int32s_preserves_the_numbers() -> None:
    assert int32s([1, 2]).to_pylist() == int32s(np.array([1, 2])).to_pylist() == [1, 2]
    assert int32s([]).type == pa.int32()
