"""The worksheet that both kinds of workbook return, and its cells as the text that a CSV file of the same rows has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from pipelines.errors import ContractBroken, Place

Cell = str | int | float | bool | date | datetime | time | timedelta
Row = tuple[int, list[Cell]]  # the row's number in the sheet, and its cells

_EXACT = 10**15  # a spreadsheet stores fifteen digits of a number, even if more were typed


@dataclass(frozen=True)
class Sheet:
    """One visible worksheet."""

    name: str
    number: int
    first_column: int  # the position in the sheet of a row's first cell
    rows: Iterator[Row]  # the rows that are not blank
    altered: Iterator[tuple[int, int]]  # row and position of each number that is shown with other digits than stored


@dataclass(frozen=True)
class Book:
    """A workbook: the names of all its sheets, and the visible sheets, loaded one after the other."""

    names: list[str]
    sheets: Iterator[Sheet]


def filled(rows: Iterable[list[Cell]]) -> Iterator[Row]:
    """Number the rows and leave out the blank ones; a row with zero or FALSE is not blank."""
    return ((line, cells) for line, cells in enumerate(rows, start=1) if any(cell != "" for cell in cells))


def shown(cell: Cell) -> str:
    """Return a cell as a CSV file has it: no `.0` after a whole number, dates in ISO form."""
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


def is_mangled(cell: Cell) -> bool:
    """Return whether an id may differ from what was typed: a date, boolean, fraction or more than fifteen digits."""
    match cell:
        case str():
            return False
        case bool():
            return True
        case int() | float():
            return not -_EXACT < cell < _EXACT or cell != int(cell)
    return True


def refused(what: str, file: str, fix: str = "save the workbook again, or export CSV") -> ContractBroken:
    """Return the error for a workbook that can't be read for certain."""
    return ContractBroken(what, place=Place(file), owner="export script owner", fix=fix)
