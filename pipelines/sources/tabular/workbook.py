"""XLS and XLSX: the one visible sheet with our header, its cells as the text that the same rows have in a CSV file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from pipelines.errors import ContractBroken, Place
from pipelines.sources.tabular import formats, package
from pipelines.sources.tabular.assemble import combined, int32s, raw
from pipelines.sources.tabular.header import Columns, Matched, count_matches, match
from pipelines.sources.tabular.trailer import Trailer, read_trailer
from pipelines.tables import Problem, Table

HEAD_ROWS = 10  # a title may stand above the header row
_BATCH = 20_000
_EXACT = 10**15  # a spreadsheet keeps fifteen digits of a number, whatever was typed
_OWNER = "export script owner"

Cell = str | int | float | bool | date | datetime | time | timedelta
Row = tuple[int, list[Cell]]  # its number in the sheet, and its cells


@dataclass(frozen=True)
class Sheet:
    """One visible worksheet."""

    name: str
    number: int
    first_column: int  # the position of its first cell that is not empty
    rows: Iterator[Row]  # those that are not blank


@dataclass(frozen=True)
class Found:
    """A sheet left at the row after its likeliest header."""

    sheet: Sheet
    line: int
    header: list[str]
    matches: int


def read(path: Path, name: str, kind: str, columns: Columns) -> Table:
    """Read one workbook; raises `ContractBroken` when it, its sheet or its ids can't be read for certain."""
    with opened(path, name, kind) as book:
        chosen = _choose(book, name, columns)
        matched = match(chosen.header, columns, name, chosen.line)
        ids = {
            position + chosen.sheet.first_column: field
            for field, position in matched.positions.items()
            if field in columns.ids
        }
        formats.refuse_altered(path, kind, chosen.sheet.name, ids, Place(name, chosen.line))
        tables, problems, trailer = _gather(chosen.sheet.rows, matched, columns)
        others = [other for other in book.sheet_names if other != chosen.sheet.name]
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


@contextmanager
def opened(path: Path, name: str, kind: str) -> Iterator[CalamineWorkbook]:
    """Open a workbook that is no bomb; what calamine can't read within the block becomes `ContractBroken`."""
    if kind == "xlsx":
        package.guard(path, name)
    try:
        yield CalamineWorkbook.from_path(path)
    except PasswordError:
        raise _refused("the workbook is protected by a password", name) from None
    except CalamineError:
        raise _refused("the workbook is damaged", name) from None
    except BaseException as error:
        # A panic in calamine is no Exception, and would end the worker instead of the night.
        if type(error).__name__ != "PanicException":
            raise
        raise _refused("the workbook is damaged", name) from None


def sheets(book: CalamineWorkbook) -> Iterator[Sheet]:
    """Load the visible worksheets, one after the other."""
    for number, about in enumerate(book.sheets_metadata):
        if about.typ == SheetTypeEnum.WorkSheet and about.visible == SheetVisibleEnum.Visible:
            loaded = book.get_sheet_by_index(number)
            rows = ((line, cells) for line, cells in enumerate(loaded.iter_rows(), start=1) if any_cell(cells))
            yield Sheet(about.name, number + 1, loaded.start[1] if loaded.start else 0, rows)


def any_cell(cells: Iterable[Cell]) -> bool:
    """Whether a row holds anything; zero and FALSE are something."""
    return any(cell != "" for cell in cells)


def shown(cell: Cell) -> str:
    """A cell as a CSV file would have it: no `.0` after a whole number, dates in ISO form."""
    match cell:
        case str():
            return cell.replace("\r\n", "\n").replace("\r", "\n") if "\r" in cell else cell
        case bool():
            return "TRUE" if cell else "FALSE"
        case float():
            return str(int(cell)) if cell.is_integer() and abs(cell) < _EXACT else format(cell, ".15g")
        case datetime() if cell.time() == time.min:
            return cell.date().isoformat()
        case date() | time():
            return cell.isoformat()
    return str(cell)


def trailer_of(row: Row) -> Trailer | None:
    """Understand a row as a trailer, or return None."""
    return read_trailer(",".join(shown(cell) for cell in row[1] if cell != ""))


def is_mangled(cell: Cell) -> bool:
    """Whether an id is no longer what was typed: a date, a truth value, a fraction, or digits beyond the fifteenth."""
    match cell:
        case str():
            return False
        case bool():
            return True
        case int() | float():
            return not -_EXACT < cell < _EXACT or cell != int(cell)
    return True


def _choose(book: CalamineWorkbook, name: str, columns: Columns) -> Found:
    """The sheet with our header; two with rows are refused, because reading one would archive whom the other names."""
    best: Found | None = None
    whole: list[Found] = []
    for sheet in sheets(book):
        found = look(sheet, columns)
        if found and (best is None or found.matches > best.matches):
            best = found
        if found and _has_all(found.header, columns):
            following = next(found.sheet.rows, None)
            if following:
                whole.append(Found(_again(found.sheet, following), found.line, found.header, found.matches))
    if len(whole) > 1:
        numbers = " and ".join(str(found.sheet.number) for found in whole)
        raise _refused(f"sheets {numbers} both have our header", name, "deliver all rows in one sheet")
    if whole:
        return whole[0]
    if best is None:
        raise _refused("no visible sheet of the workbook holds anything", name)
    return best


def _again(sheet: Sheet, row: Row) -> Sheet:
    return Sheet(sheet.name, sheet.number, sheet.first_column, chain([row], sheet.rows))


def look(sheet: Sheet, columns: Columns) -> Found | None:
    """Find the row that names most of our fields."""
    head = list(islice(sheet.rows, HEAD_ROWS if columns.fields else 1))
    if not head:
        return None
    headers = [[shown(cell) for cell in cells] for _, cells in head]
    counts = [count_matches(header, columns) for header in headers]
    at = counts.index(max(counts))
    rest = Sheet(sheet.name, sheet.number, sheet.first_column, chain(head[at + 1 :], sheet.rows))
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
    texts = {
        field: [
            cell if type(cell := cells[position]) is str and "\r" not in cell else shown(cell) for _, cells in whole
        ]
        for field, position in matched.positions.items()  # most cells are plain text, and millions of calls are slow
    }
    columns = {field: pa.array(column, pa.string()).dictionary_encode() for field, column in texts.items()}
    return pa.table({**columns, "line": int32s([line for line, _ in whole])})


def _refused(what: str, file: str, fix: str = "save the workbook again, or export CSV") -> ContractBroken:
    return ContractBroken(what, place=Place(file), owner=_OWNER, fix=fix)
