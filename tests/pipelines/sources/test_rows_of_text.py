"""Tables of text as codes: a change computes each value once, and values of dropped rows are removed."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from pipelines.sources.rows_of_text import Cells, coded, filtered, mapped, text
from pipelines.sources.tables import TEXT, Problem, Table
from tests.delivery import table

PEOPLE = table([{"name": "Ann", "town": "x"}, {"name": "Bob", "town": "y"}, {"name": "Ann", "town": ""}])


def test_a_column_becomes_codes_into_distinct_values() -> None:
    names = coded(PEOPLE, "name")
    assert (names.codes.tolist(), names.values.to_pylist()) == ([0, 1, 0], ["Ann", "Bob"])


def test_an_absent_column_is_empty_in_every_row() -> None:
    nothing = coded(PEOPLE, "age")
    assert nothing.values.take(pa.array(nothing.codes)).to_pylist() == ["", "", ""]
    assert coded(table([]), "age").codes.tolist() == []


def test_a_column_in_several_chunks_is_read_as_one() -> None:
    pieces = [pa.array(words, pa.string()).cast(TEXT) for words in (["a", "b"], ["b", "c"])]
    rows = pa.table({"name": pa.chunked_array(pieces), "line": pa.array(range(4), pa.int32())})
    one = coded(Table("x.csv", rows, (), 4, {}), "name")
    assert one.values.take(pa.array(one.codes)).to_pylist() == ["a", "b", "b", "c"]


def test_values_of_dropped_rows_are_removed() -> None:
    kept = filtered(PEOPLE, np.array([True, False, True]))
    assert kept.rows.column("name").chunk(0).dictionary.to_pylist() == ["Ann"]
    assert kept.rows.column("line").to_pylist() == [2, 4]
    assert kept.received == 2


def test_problems_stay_when_rows_are_dropped() -> None:
    problem = Problem(9, None, "RAGGED_LINE", {})
    kept = filtered(table([{"name": "Ann"}], problems=[problem]), np.array([False]))
    assert (kept.rows.num_rows, kept.problems, kept.received) == (0, (problem,), 1)


def test_values_that_become_equal_are_merged() -> None:
    words = Cells(np.array([0, 1, 2, 0], np.int32), pa.array(["A", "a", "b"]))
    lowered = mapped(words, str.lower)
    assert lowered.to_pylist() == ["a", "a", "b", "a"]
    assert lowered.dictionary.to_pylist() == ["a", "b"]


def test_text_keeps_only_the_values_in_use() -> None:
    made = text(Cells(np.array([2, 0], np.int32), pa.array(["a", "b", "c"])))
    assert (made.type, made.to_pylist(), made.dictionary.to_pylist()) == (TEXT, ["c", "a"], ["a", "c"])
