"""Read XLS and XLSX: the one visible sheet with our header, with cells as the text of the same rows in a CSV file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.errors import ContractBroken, Place
from pipelines.sources.tables import Problem, Table
from pipelines.sources.tabular import xls, xlsx
from pipelines.sources.tabular.assemble import combined, int32s, raw
from pipelines.sources.tabular.header import Columns, Matched, count_matches, match
from pipelines.sources.tabular.sheet import Book, Cell, Row, Sheet, is_mangled, refused, shown
from pipelines.sources.tabular.trailer import Trailer, read_trailer

OPENERS = {"xls": xls.opened, "xlsx": xlsx.opened}
HEAD_ROWS = 10  # a title may stand above the header row
_BATCH = 20_000


@dataclass(frozen=True)
class Found:
    """A sheet whose next row is the one after its likeliest header."""

    sheet: Sheet
    line: int
    header: list[str]
    matches: int


def read(path: Path, name: str, kind: str, columns: Columns) -> Table:
    """Read one workbook. Raises `ContractBroken` if the workbook, its sheet or its ids can't be read for certain."""
    with OPENERS[kind](path, name) as book:
        chosen = _choose(book, name, columns)
        matched = match(chosen.header, columns, name, chosen.line)
        ids = {
            position + chosen.sheet.first_column: field
            for field, position in matched.positions.items()
            if field in columns.ids
        }
        _refuse_altered(chosen, ids, name)
        tables, problems, trailer = _gather(chosen.sheet.rows, matched, columns)
        others = [other for other in book.names if other != chosen.sheet.name]
    rows = combined(tables, tuple(matched.positions))
    facts: dict[str, Any] = {
        "format": kind,
        "sheet": chosen.sheet.name,
        "other_sheets": others,
        "header_line": chosen.line,
        "ignored_columns": list(matched.ignored),
        "absent_columns": list(matched.absent),
        "trailer_rows": trailer.rows if trailer else None,
    }
    return Table(name, rows, tuple(problems), rows.num_rows + len(problems), facts)


def trailer_of(row: Row) -> Trailer | None:
    """Return a row's trailer, or None if the row is an ordinary row."""
    return read_trailer(",".join(shown(cell) for cell in row[1] if cell != ""))


def _choose(book: Book, name: str, columns: Columns) -> Found:
    """Return the sheet with our header. Raises `ContractBroken` if two such sheets have rows.

    If only one of the two were read, the run would archive the people that the other names.
    """
    best: Found | None = None
    whole: list[Found] = []
    for sheet in book.sheets:
        found = find_header(sheet, columns)
        if found and (best is None or found.matches > best.matches):
            best = found
        if found and _has_all(found.header, columns):
            following = next(found.sheet.rows, None)
            if following:
                whole.append(Found(_again(found.sheet, following), found.line, found.header, found.matches))
    if len(whole) > 1:
        numbers = " and ".join(str(found.sheet.number) for found in whole)
        raise refused(f"sheets {numbers} all have the expected header", name, "deliver all rows in one sheet")
    if whole:
        return whole[0]
    if best is None:
        raise refused("every visible sheet of the workbook is empty", name)
    return best


def _refuse_altered(found: Found, ids: Mapping[int, str], name: str) -> None:
    """Raise `ContractBroken` at the first number in an id column, below the header, that is shown with other digits."""
    for line, position in found.sheet.altered:
        if line > found.line and position in ids:
            raise ContractBroken(
                "an id is stored as a number, and its format (such as 00000) shows other digits",
                place=Place(name, line, ids[position]),
                owner="export script owner",
                fix="format the column as text, and export the ids as text",
            )


def _again(sheet: Sheet, row: Row) -> Sheet:
    return replace(sheet, rows=chain([row], sheet.rows))


def find_header(sheet: Sheet, columns: Columns) -> Found | None:
    """Find the row that names most of our fields; return None if the sheet has no rows."""
    head = list(islice(sheet.rows, HEAD_ROWS if columns.fields else 1))
    if not head:
        return None
    headers = [[shown(cell) for cell in cells] for _, cells in head]
    counts = [count_matches(header, columns) for header in headers]
    at = counts.index(max(counts))
    rest = replace(sheet, rows=chain(head[at + 1 :], sheet.rows))
    return Found(rest, head[at][0], headers[at], counts[at])


def _has_all(header: list[str], columns: Columns) -> bool:
    return count_matches(header, Columns(columns.required, named=columns.named)) == len(columns.required)


def _gather(
    rows: Iterator[Row], matched: Matched, columns: Columns
) -> tuple[list[pa.Table], list[Problem], Trailer | None]:
    tables: list[pa.Table] = []
    problems: list[Problem] = []
    ids = {field: position for field, position in matched.positions.items() if field in columns.ids}
    waiting: Row | None = None  # the last row may be a trailer
    while batch := list(islice(rows, _BATCH)):
        ready, waiting = ([waiting] if waiting else []) + batch[:-1], batch[-1]
        tables.append(_table(ready, matched, ids, problems))
    trailer = trailer_of(waiting) if waiting else None
    if waiting and not trailer:
        tables.append(_table([waiting], matched, ids, problems))
    return tables, problems, trailer


def _table(rows: list[Row], matched: Matched, ids: Mapping[str, int], problems: list[Problem]) -> pa.Table:
    whole = []
    for line, cells in rows:
        mangled = next((field for field, position in ids.items() if is_mangled(cells[position])), None)
        if mangled:
            problems.append(Problem(line, mangled, "ID_MANGLED", raw([shown(cell) for cell in cells], matched)))
        else:
            whole.append((line, cells))
    columns = {field: _texts([cells[position] for _, cells in whole]) for field, position in matched.positions.items()}
    return pa.table({**columns, "line": int32s([line for line, _ in whole])})


def _texts(cells: list[Cell]) -> pa.Array:
    # Most cells are plain text, and there may be millions: this saves a call for each of them.
    texts = [cell if type(cell) is str and "\r" not in cell else shown(cell) for cell in cells]
    return pa.array(texts, pa.string()).dictionary_encode()
