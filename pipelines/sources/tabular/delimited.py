"""Read CSV, TSV and similar files in bounded blocks into dictionary columns.

Ragged lines become problems with their line number.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv

from pipelines.errors import ContractBroken, Place
from pipelines.sources.tables import TEXT, Problem, Table
from pipelines.sources.tabular.assemble import combined, int32s, raw
from pipelines.sources.tabular.encoding import detect, text
from pipelines.sources.tabular.header import Columns, Matched, count_matches, match
from pipelines.sources.tabular.records import Block, blocks
from pipelines.sources.tabular.trailer import Trailer, read_trailer

DELIMITERS = {",": "comma", ";": "semicolon", "|": "pipe", "\t": "tab"}
HEAD_ROWS = 10  # a title may stand above the header row
_COMPACT_AFTER = 64  # blocks; the many small buffers of a large file would never be returned to the system
_HEAD_BYTES = 1 << 16
_BLANK = " \n" + "".join(DELIMITERS)


@dataclass(frozen=True)
class Head:
    """What the first lines show: the delimiter, the header's fields, and how many records come before the rows."""

    delimiter: str
    header: list[str]
    records: int  # the header's own included


@dataclass
class _Gathered:
    """What was read from the blocks so far."""

    tables: list[pa.Table] = field(default_factory=list)
    compact: list[pa.Table] = field(default_factory=list)  # earlier tables, put together
    problems: list[Problem] = field(default_factory=list)
    blank: int = 0
    trailer: Trailer | None = None


def read(path: Path, name: str, columns: Columns) -> Table:
    """Read one delimited file. Raises `ContractBroken` or `SourceIncomplete` if it can't be read as a whole."""
    encoding = detect(path, name)
    chunks = text(path, encoding, name)
    head, chunks = find_header(chunks, columns)
    gathered = _Gathered()
    matched: Matched | None = None
    header_line = 1
    for block, is_last in _with_last(blocks(chunks, head.delimiter, name)):
        skip = 0
        if matched is None:
            skip, header_line = _header_records(block, head)
            matched = match(head.header, columns, name, header_line)
        _gather(block, skip, is_last, (head, matched), gathered)
        if len(gathered.tables) == _COMPACT_AFTER:
            gathered.compact.append(combined(gathered.tables, tuple(matched.positions)))
    if matched is None:
        raise ContractBroken(
            "the file is empty", place=Place(name), owner="export script owner", fix="export the file again"
        )
    gathered.compact.extend(gathered.tables)
    gathered.tables.clear()
    rows = combined(gathered.compact, tuple(matched.positions))
    facts: dict[str, Any] = {
        "format": "tsv" if head.delimiter == "\t" else "csv",
        "encoding": encoding.announced,
        "bom": bool(encoding.mark),
        "delimiter": DELIMITERS[head.delimiter],
        "header_line": header_line,
        "ignored_columns": list(matched.ignored),
        "absent_columns": list(matched.absent),
        "blank_lines": gathered.blank,
        "trailer_rows": gathered.trailer.rows if gathered.trailer else None,
    }
    problems = tuple(sorted(gathered.problems, key=lambda problem: problem.line))
    return Table(name, rows, problems, rows.num_rows + len(problems), facts)


def find_header(chunks: Iterator[bytes], columns: Columns) -> tuple[Head, Iterator[bytes]]:
    """Find delimiter and header in the first lines; return them and an iterator over all chunks.

    The delimiter is the one with which a row names most of our fields. If no row names any, it is the one that gives
    most fields. If there are no columns to look for, the header is the first row.
    """
    first = b"".join(islice(chunks, 1))
    sample = first[:_HEAD_BYTES].decode("utf-8", "ignore")
    best: tuple[tuple[int, int, int], Head] | None = None
    for delimiter in DELIMITERS:
        for index, record in enumerate(_sample(sample, delimiter, HEAD_ROWS if columns.fields else 1)):
            score = (count_matches(record, columns), len(record), -index)
            if best is None or score > best[0]:
                best = score, Head(delimiter, record, index + 1)
    head = best[1] if best else Head(",", [], 0)
    return head, chain([first], chunks)


def fields_of(record: str, delimiter: str) -> list[str]:
    """Return the fields of one record."""
    if '"' in record:
        try:
            return next(csv.reader((record,), delimiter=delimiter), [])
        except csv.Error:  # a value beyond Python's limit: its row is still checked, but can't be split well
            pass
    return record.split(delimiter)


def _sample(sample: str, delimiter: str, count: int) -> Iterator[list[str]]:
    """Yield the first `count` records that are not blank."""
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    try:
        yield from islice((record for record in reader if any(cell.strip(_BLANK) for cell in record)), count)
    except csv.Error:  # a value longer than Python's limit: an open quote, which blocks() reports by its line
        return


def _header_records(block: Block, head: Head) -> tuple[int, int]:
    """Return how many records of the first block come before the rows, and the header's line."""
    seen = 0
    for index in range(len(block.starts)):
        seen += any(cell.strip(_BLANK) for cell in fields_of(block.record(index), head.delimiter))
        if seen == head.records:
            return index + 1, int(block.lines[index])
    return len(block.starts), 1


def _with_last(found: Iterable[Block]) -> Iterator[tuple[Block, bool]]:
    """Yield each block and whether it is the last block, which may hold a trailer."""
    waiting: Block | None = None
    for block in found:
        if waiting is not None:
            yield waiting, False
        waiting = block
    if waiting is not None:
        yield waiting, True


def _gather(block: Block, skip: int, is_last: bool, layout: tuple[Head, Matched], gathered: _Gathered) -> None:
    head, matched = layout
    needed = max((at + 1 for at, cell in enumerate(head.header) if cell.strip()), default=0)
    stop = len(block.starts)
    if is_last:
        stop, gathered.trailer = _before_trailer(block, skip)
    if stop <= skip:
        return
    ragged: list[tuple[int, str]] = []
    rows = _parse(block, (skip, stop), (head, matched), ragged)
    records = np.delete(np.arange(skip, stop), [index - skip for index, _ in ragged])
    rows, records = _without(rows, records, np.isin(records, block.broken))
    blank = _blank(rows, records, block, head.delimiter)
    gathered.blank += int(blank.sum())
    rows, records = _without(rows, records, blank)
    repaired: list[tuple[int, list[str]]] = []
    for index, record in [*ragged, *((index, block.record(index)) for index in block.broken if skip <= index < stop)]:
        cells = fields_of(record, head.delimiter)
        if not any(cell.strip(" \t\x1a") for cell in cells):
            gathered.blank += 1
        elif index not in block.broken and len(cells) >= needed and not any(cells[matched.width :]):
            repaired.append((index, cells))  # delimiters are missing or extra only where no column has a name
        else:
            gathered.problems.append(Problem(int(block.lines[index]), None, "RAGGED_LINE", raw(cells, matched)))
    gathered.tables.append(_placed(rows, records, repaired, (block, matched)))


def _before_trailer(block: Block, skip: int) -> tuple[int, Trailer | None]:
    """Return the index after the last row of the last block, and the trailer after the rows, if there is one."""
    for index in range(len(block.starts) - 1, skip - 1, -1):
        if record := block.record(index).strip(" \t\n\x1a"):
            trailer = read_trailer(record)
            return (index if trailer else len(block.starts)), trailer
    return len(block.starts), None


def _parse(
    block: Block, part: tuple[int, int], layout: tuple[Head, Matched], ragged: list[tuple[int, str]]
) -> pa.Table:
    """Parse records of a block; records with another number of fields are added to `ragged`."""
    (skip, stop), (head, matched) = part, layout
    end = int(block.starts[stop]) if stop < len(block.starts) else len(block.data)
    begin = int(block.starts[skip])
    data = pa.py_buffer(block.data).slice(begin, end - begin)

    def set_aside(row: pa.csv.InvalidRow) -> str:
        ragged.append((skip + row.number - 1, row.text))
        return "skip"

    everything = [str(position) for position in range(matched.width)]
    wanted = [str(position) for position in matched.positions.values()]
    parsed = pa.csv.read_csv(
        pa.BufferReader(data),
        # One block and one thread: only then does pyarrow pass an invalid row's number.
        read_options=pa.csv.ReadOptions(use_threads=False, block_size=data.size + 1, column_names=everything),
        parse_options=pa.csv.ParseOptions(
            delimiter=head.delimiter,
            newlines_in_values=True,
            ignore_empty_lines=False,
            invalid_row_handler=set_aside,
        ),
        convert_options=pa.csv.ConvertOptions(
            column_types=dict.fromkeys(everything, TEXT), include_columns=wanted, strings_can_be_null=False
        ),
    )
    return parsed.rename_columns(list(matched.positions))


def _without(rows: pa.Table, records: Any, unwanted: Any) -> tuple[pa.Table, Any]:
    if not unwanted.any():
        return rows, records
    return rows.take(int32s(np.flatnonzero(~unwanted))), records[~unwanted]


def _blank(rows: pa.Table, records: Any, block: Block, delimiter: str) -> Any:
    """Mark the rows without any content: an empty line, or delimiters only, as spreadsheets write empty rows."""
    empty = np.ones(rows.num_rows, bool)
    for column in rows.columns:
        cells = column.combine_chunks()
        # Read from the buffers: pyarrow's own functions would import pandas first, to check for pandas' types.
        lengths = np.diff(_numbers(cells.dictionary.buffers()[1], len(cells.dictionary) + 1))
        empty &= np.isin(_numbers(cells.indices.buffers()[1], len(cells)), np.flatnonzero(lengths == 0))
        if not empty.any():
            return empty
    for at in np.flatnonzero(empty):
        empty[at] = not any(fields_of(block.record(int(records[at])), delimiter))
    return empty


def _placed(
    rows: pa.Table, records: Any, repaired: list[tuple[int, list[str]]], layout: tuple[Block, Matched]
) -> pa.Table:
    """Add the line of each row, and insert the fixed rows in their places."""
    block, matched = layout
    if repaired:
        added = {
            name: pa.array([cells[position] for _, cells in repaired], pa.string()).dictionary_encode()
            for name, position in matched.positions.items()
        }
        rows = pa.concat_tables([rows, pa.table(added)])
        records = np.concatenate([records, [index for index, _ in repaired]])
        order = np.argsort(records, kind="stable")
        rows, records = rows.unify_dictionaries().take(int32s(order)), records[order]
    return rows.append_column("line", int32s(block.lines[records]))


def _numbers(buffer: pa.Buffer | None, count: int) -> npt.NDArray[np.int32]:
    return np.frombuffer(buffer, np.int32, count) if buffer and count else np.zeros(count, np.int32)
