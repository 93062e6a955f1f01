"""Records begin and end as in Python's csv module, each with its line."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import ContractBroken, RollbookError, SourceIncomplete
from pipelines.sources.tabular import records
from pipelines.sources.tabular.records import blocks

PIECES = st.lists(st.sampled_from(['"', '""', ",", "\n", "a", "é", " ", '",', ',"', '"\n', '\n"']), max_size=40)


def cut(text: str, size: int = 1 << 20) -> list[tuple[int, str]]:
    data = text.encode()
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    return [
        (int(block.lines[index]), block.record(index))
        for block in blocks(chunks, ",", "f")
        for index in range(len(block.starts))
    ]


def pythons_cut(text: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""))
    found, line = [], 1
    for row in reader:
        found.append((line, row))
        line = reader.line_num + 1
    return found


@settings(max_examples=400, deadline=None)
@given(pieces=PIECES, size=st.integers(1, 12))
def test_records_begin_on_the_same_lines_as_in_pythons_csv(pieces: list[str], size: int) -> None:
    text = "".join(pieces)
    try:
        whole = cut(text)
    except RollbookError:
        return  # an open quote: Python takes the rest of the file for one value, and we refuse it
    assert [line for line, _ in whole] == [line for line, _ in pythons_cut(text)]
    assert cut(text, size) == whole


@settings(max_examples=200, deadline=None)
@given(rows=st.lists(st.lists(st.text('ab",\n é', max_size=5), min_size=1, max_size=4), max_size=6))
def test_everything_that_pythons_csv_writer_quotes_is_accepted(rows: list[list[str]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    found = [next(csv.reader(io.StringIO(record, newline="")), []) for _, record in cut(text.getvalue())]
    assert found == rows


def test_quotes_inside_unquoted_values_are_plain_characters() -> None:
    assert cut('1,5" pipe,x\n2,6" pipe\n') == [(1, '1,5" pipe,x'), (2, '2,6" pipe')]


def test_records_with_malformed_quotes_are_marked_broken() -> None:
    found = list(blocks([b'1,a\n2,"b"c\n3,"d "e" f"\n4,"g"\n'], ",", "f"))
    assert [block.broken for block in found] == [(1, 2)]


def test_an_open_quote_at_the_end_is_refused_by_its_line() -> None:
    with pytest.raises(SourceIncomplete) as cut_short:
        cut('1,a\n2,"b\nc"\n4,x,"d\n5,e\n', 4)
    assert cut_short.value.place.line == 4


@pytest.mark.parametrize("size", [5, 64, 1 << 20])
def test_an_endless_quoted_value_is_refused_by_the_line_of_its_quote(
    monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(records, "LONGEST_RECORD", 200)
    with pytest.raises(RollbookError) as endless:
        cut('1,a\n2,"b\nc"\n4,x,"d\n' + "5,e\n" * 100, size)
    assert endless.value.place.line == 4


def test_an_endless_line_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "LONGEST_RECORD", 50)
    with pytest.raises(ContractBroken, match="longer than a megabyte") as endless:
        cut("1,a\n" + "b" * 500, 20)
    assert endless.value.place.line == 2
