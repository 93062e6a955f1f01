"""Read the older, binary workbook with xlrd: slower than calamine, but a damaged file can't end the process.

calamine reserves memory by the sizes that such a file states. One flipped byte made it request eight gigabytes and
abort.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import xlrd

from pipelines.sources.tabular.formats import is_faithful
from pipelines.sources.tabular.sheet import Book, Cell, Sheet, filled, refused

# What xlrd raises on meaningless bytes: it checks some bytes, and fails with these errors on the others.
_STUMBLES = (
    xlrd.XLRDError,
    xlrd.compdoc.CompDocError,
    struct.error,
    LookupError,
    ValueError,
    ArithmeticError,
    AssertionError,
    TypeError,
    AttributeError,
    NotImplementedError,
    OSError,
)


@contextmanager
def opened(path: Path, file: str) -> Iterator[Book]:
    """Open a workbook; raises `ContractBroken`."""
    book = _tried(lambda: xlrd.open_workbook(path, formatting_info=True, on_demand=True, logfile=io.StringIO()), file)
    with book:
        yield Book(list(book.sheet_names()), _sheets(book, file))


def _sheets(book: Any, file: str) -> Iterator[Sheet]:
    for number in range(book.nsheets):
        loaded = _tried(partial(book.sheet_by_index, number), file)
        if not loaded.visibility:
            rows = _tried(partial(_rows, loaded), file)
            yield Sheet(loaded.name, number + 1, 0, filled(rows), _altered(book, loaded, file))
        book.unload_sheet(number)


def _tried(read: Callable[[], Any], file: str) -> Any:
    try:
        return read()
    except _STUMBLES as error:
        protected = isinstance(error, xlrd.XLRDError) and "encrypted" in str(error)
        what = "the workbook is protected by a password" if protected else "the workbook is damaged"
    raise refused(what, file)


def _rows(sheet: Any) -> list[list[Cell]]:
    mode = sheet.book.datemode
    return [
        [_cell(kind, value, mode) for kind, value in zip(sheet.row_types(row), sheet.row_values(row), strict=True)]
        for row in range(sheet.nrows)
    ]


def _cell(kind: int, value: Any, datemode: int) -> Cell:
    match kind:
        case xlrd.XL_CELL_TEXT:
            return str(value)
        case xlrd.XL_CELL_NUMBER:
            return float(value)
        case xlrd.XL_CELL_BOOLEAN:
            return bool(value)
        case xlrd.XL_CELL_DATE:
            moment: datetime = xlrd.xldate.xldate_as_datetime(value, datemode)
            return moment.time() if value < 1 else moment
    return ""  # empty, formatted only, or a formula's error


def _altered(book: Any, sheet: Any, file: str) -> Iterator[tuple[int, int]]:
    altering = _tried(
        lambda: {
            index
            for index, style in enumerate(book.xf_list)
            if not style.is_style and not is_faithful(book.format_map[style.format_key].format_str)
        },
        file,
    )
    for row in range(sheet.nrows if altering else 0):
        for position, kind in enumerate(sheet.row_types(row)):
            if kind == xlrd.XL_CELL_NUMBER and sheet.cell_xf_index(row, position) in altering:
                yield row + 1, position
