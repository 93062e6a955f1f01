"""Read the workbook that is a zip of XML with calamine, after `package.py` has accepted it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from pipelines.sources.tabular import package
from pipelines.sources.tabular.formats import altered_numbers
from pipelines.sources.tabular.sheet import Book, Sheet, filled, refused


@contextmanager
def opened(path: Path, file: str) -> Iterator[Book]:
    """Open a workbook. Raises `ContractBroken` if it is a bomb, or if calamine can't read it in the `with` block."""
    package.guard(path, file)
    try:
        book = CalamineWorkbook.from_path(path)
        yield Book(list(book.sheet_names), _sheets(book, path, file))
    except PasswordError:
        raise refused("the workbook is protected by a password", file) from None
    except CalamineError:
        raise refused("the workbook is damaged", file) from None
    except BaseException as error:
        # A panic in calamine is not an Exception, and would end the worker instead of the run.
        if type(error).__name__ != "PanicException":
            raise
        raise refused("the workbook is damaged", file) from None


def _sheets(book: CalamineWorkbook, path: Path, file: str) -> Iterator[Sheet]:
    for number, about in enumerate(book.sheets_metadata):
        if about.typ == SheetTypeEnum.WorkSheet and about.visible == SheetVisibleEnum.Visible:
            loaded = book.get_sheet_by_index(number)
            first_column = loaded.start[1] if loaded.start else 0
            altered = altered_numbers(path, about.name, file)
            yield Sheet(about.name, number + 1, first_column, filled(loaded.iter_rows()), altered)
