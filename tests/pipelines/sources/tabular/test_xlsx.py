"""The newer workbook format: files that calamine can't read are refused, even if calamine panics."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter

from pipelines.errors import ContractBroken
from pipelines.sources.tabular.workbook import read
from pipelines.sources.tabular.xlsx import opened
from tests.written import COLUMNS, HEADER, repacked, write_xlsx


def test_sheets_are_loaded_with_their_first_column(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", [["", "", "x"], ["", "", ""], ["", "", "y"]], [])
    with opened(path, "a") as book:
        assert book.names == ["Sheet1", "Sheet2"]
        assert [(sheet.number, sheet.first_column, list(sheet.rows)) for sheet in book.sheets] == [
            (1, 2, [(1, ["x"]), (3, ["y"])]),
            (2, 0, []),
        ]


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/sharedStrings.xml"])
def test_a_part_that_is_not_xml_is_a_damaged_workbook(tmp_path: Path, part: str) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", [HEADER])
    repacked(path, lambda name, content: content[: len(content) // 2] + b"<<&" if name == part else content)
    with pytest.raises(ContractBroken, match="damaged"):
        read(path, "a", "xlsx", COLUMNS)


def test_a_panic_in_calamine_is_a_damaged_workbook(tmp_path: Path) -> None:
    class PanicException(BaseException):
        """Named as Rust's, which Python can't import."""

    def panic() -> None:
        with opened(write_xlsx(tmp_path / "a.xlsx", [HEADER]), "a"):
            raise PanicException

    with pytest.raises(ContractBroken, match="damaged"):
        panic()


def test_a_hidden_sheet_is_not_read(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"))
    book.add_worksheet("Shown").write_row(0, 0, ["notes"])
    hidden = book.add_worksheet("Hidden")
    hidden.write_row(0, 0, HEADER)
    hidden.write_row(1, 0, ["1", "Ann", "C1"])
    hidden.hide()
    book.close()
    with pytest.raises(ContractBroken, match="missing columns"):
        read(tmp_path / "a.xlsx", "a", "xlsx", COLUMNS)
