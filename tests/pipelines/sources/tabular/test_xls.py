"""The older workbook format: damaged files are refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
import xlwt

from pipelines.errors import ContractBroken
from pipelines.sources.tabular.xls import opened
from tests.written import HEADER, write_xls


def rows_of(path: Path) -> list[list[object]]:
    with opened(path, "a") as book:
        return [list(cells) for sheet in book.sheets for _, cells in sheet.rows]


def test_every_kind_of_xls_cell_is_read(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("One")
    day, clock = xlwt.XFStyle(), xlwt.XFStyle()
    day.num_format_str, clock.num_format_str = "yyyy-mm-dd", "hh:mm"
    sheet.write(0, 0, "text")
    sheet.write(0, 1, 7)
    sheet.write(0, 2, True)
    sheet.write(0, 3, dt.date(2026, 8, 17), day)
    sheet.write(0, 4, 0.25, clock)
    sheet.row(0).set_cell_error(5, "#DIV/0!")
    sheet.write(0, 6, None, day)
    book.save(str(tmp_path / "a.xls"))
    midnight = dt.datetime.fromisoformat("2026-08-17")
    assert rows_of(tmp_path / "a.xls") == [["text", 7.0, True, midnight, dt.time(6), "", ""]]


def test_hidden_sheets_are_named_and_not_loaded(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    for name, visibility in (("Shown", 0), ("Hidden", 1), ("Very hidden", 2)):
        sheet = book.add_sheet(name)
        sheet.write(0, 0, name)
        sheet.visibility = visibility
    book.save(str(tmp_path / "a.xls"))
    with opened(tmp_path / "a.xls", "a") as opened_book:
        assert opened_book.names == ["Shown", "Hidden", "Very hidden"]
        assert [(sheet.name, sheet.number) for sheet in opened_book.sheets] == [("Shown", 1)]


def test_a_workbook_with_a_password_is_refused(tmp_path: Path) -> None:
    path = write_xls(tmp_path / "a.xls", [HEADER])
    content = path.read_bytes()
    start = content.index(b"\x09\x08\x10\x00\x00\x06\x05\x00")  # the workbook's first record
    follows = start + 4 + 16
    # FILEPASS in place of the record that follows, padded to its length.
    length = int.from_bytes(content[follows + 2 : follows + 4], "little")
    path.write_bytes(
        content[:follows]
        + b"\x2f\x00"
        + content[follows + 2 : follows + 4 + length].ljust(length)
        + content[follows + 4 + length :]
    )
    with pytest.raises(ContractBroken, match="password"):
        rows_of(path)


@pytest.mark.parametrize("damage", [lambda data: data[:3000] + bytes(2000) + data[5000:], lambda data: data[:2600]])
def test_a_damaged_xls_is_refused(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path = write_xls(tmp_path / "a.xls", [HEADER, *([str(n), "Ann", "C1"] for n in range(100))])
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ContractBroken):
        rows_of(path)


@pytest.mark.parametrize("chosen", range(0, 5632, 176))
def test_a_flipped_byte_never_crashes_the_process(tmp_path: Path, chosen: int) -> None:
    path = write_xls(tmp_path / "a.xls", [HEADER, [1, "Ann", "C1"]])
    content = bytearray(path.read_bytes())
    content[chosen % len(content)] ^= 0xFF
    path.write_bytes(content)
    outcomes: list[object] = []
    try:
        outcomes.append(rows_of(path))
    except ContractBroken as refused:
        outcomes.append(refused)
    assert len(outcomes) == 1
