"""The same table, written in each format of an export."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
import xlwt

from pipelines.sources.tabular import Columns

COLUMNS = Columns(
    required=("student_id", "student_first", "class_id"),
    optional=("class_name", "student_email"),
    ids=frozenset({"student_id", "class_id"}),
)
HEADER = ["student_id", "student_first", "class_id"]
Cells = Sequence[Sequence[Any]]


def as_csv(rows: Cells, delimiter: str = ",", line_end: str = "\r\n") -> str:
    """Write rows as spreadsheets do."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=line_end).writerows(rows)
    return text.getvalue()


def write_csv(path: Path, rows: Cells, delimiter: str = ",", encoding: str = "utf-8") -> Path:
    """Write rows as a delimited file."""
    path.write_bytes(as_csv(rows, delimiter).encode(encoding))
    return path


def write_xlsx(path: Path, *sheets: Cells, formats: dict[tuple[int, int], str] | None = None) -> Path:
    """Write sheets of rows; text stays text, and `formats` gives number formats by row and column from 0."""
    book = xlsxwriter.Workbook(str(path), {"in_memory": True})
    for rows in sheets:
        sheet = book.add_worksheet()
        for at, cells in enumerate(rows):
            for position, cell in enumerate(cells):
                style = {
                    "num_format": (formats or {}).get((at, position), "yyyy-mm-dd" if _is_date(cell) else "General")
                }
                write: dict[type, Callable[..., Any]] = {str: sheet.write_string, bool: sheet.write_boolean}
                if cell != "":
                    write.get(type(cell), sheet.write)(at, position, cell, book.add_format(style))
    book.close()
    return path


def write_xls(path: Path, *sheets: Cells, formats: dict[tuple[int, int], str] | None = None) -> Path:
    """Write sheets of rows in the older binary form."""
    book = xlwt.Workbook()
    for number, rows in enumerate(sheets, start=1):
        sheet = book.add_sheet(f"Sheet{number}")
        for at, cells in enumerate(rows):
            for position, cell in enumerate(cells):
                style = xlwt.XFStyle()
                style.num_format_str = (formats or {}).get(
                    (at, position), "yyyy-mm-dd" if _is_date(cell) else "General"
                )
                if cell != "":
                    sheet.write(at, position, cell, style)
    book.save(str(path))
    return path


def repacked(path: Path, change: Callable[[str, bytes], bytes]) -> Path:
    """Write a workbook again, with changed parts."""
    with zipfile.ZipFile(path) as package:
        parts = {name: change(name, package.read(name)) for name in package.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return path


def _is_date(cell: object) -> bool:
    return isinstance(cell, dt.date)
