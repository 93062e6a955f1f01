"""Number formats that show other digits than the stored ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.errors import ContractBroken
from pipelines.sources.tabular.formats import altered_numbers, is_faithful
from pipelines.sources.tabular.workbook import OPENERS
from tests.written import HEADER, repacked, write_xls, write_xlsx


@pytest.mark.parametrize(
    "number_format",
    ["General", "@", "", "0", "0.00", "#,##0", "#,##0.00", "0.00E+00", "# ?/?", "[Red]0", '0" "', "0_)", "#", "0;-00"],
)
def test_formats_that_show_the_stored_digits_are_faithful(number_format: str) -> None:
    assert is_faithful(number_format)


@pytest.mark.parametrize(
    "number_format",
    ["00000", "000-00-0000", "00000-0000", '"S"0', '"S"00000', "\\S0", "[$-409]00000", "#,#00", "0%", "0,", '00" id"'],
)
def test_formats_that_add_digits_or_letters_are_not_faithful(number_format: str) -> None:
    assert not is_faithful(number_format)


@pytest.mark.parametrize("kind", ["xlsx", "xls"])
def test_altered_numbers_are_found_in_xls_and_xlsx(tmp_path: Path, kind: str) -> None:
    write = {"xlsx": write_xlsx, "xls": write_xls}[kind]
    rows = [[1, 2, 3], [4, 5, 6], ["7", 8, 9], [10, 11, 12]]
    padded = dict.fromkeys([(0, 0), (1, 1), (2, 0), (3, 2)], "000")
    with OPENERS[kind](write(tmp_path / f"a.{kind}", rows, formats=padded), "a") as book:
        [sheet] = book.sheets
        assert list(sheet.altered) == [(1, 0), (2, 1), (4, 2)]


def test_cells_without_a_reference_are_located_by_counting(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", [HEADER, ["x", "y", 5]], formats={(1, 2): "0000"})

    def forget(name: str, content: bytes) -> bytes:
        for place in (b"A", b"B", b"C"):
            content = content.replace(b' r="' + place + b'2"', b"") if "sheet1" in name else content
        return content

    assert list(altered_numbers(repacked(path, forget), "Sheet1", "a")) == [(2, 2)]


def test_a_padding_default_style_applies_to_cells_without_a_style(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", [HEADER, [5, "y", 6]], formats={(1, 1): "0000"})
    plain = b'<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'

    def pad(name: str, content: bytes) -> bytes:
        assert "styles" not in name or plain in content
        return content.replace(plain, b'<xf numFmtId="164"/>') if "styles" in name else content

    assert list(altered_numbers(repacked(path, pad), "Sheet1", "a")) == [(2, 0), (2, 2)]


@pytest.mark.parametrize("part", ["xl/styles.xml", "xl/workbook.xml", "_rels/.rels"])
@pytest.mark.parametrize("content", [b"<styleSheet", b"<x/>", b'<?xml version="1.0" encoding="klingon"?><x/>'])
def test_unreadable_styles_are_refused(tmp_path: Path, part: str, content: bytes) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", [HEADER, [5, "y", "z"]], formats={(1, 0): "0000"})
    repacked(path, lambda name, whole: content if name == part else whole)
    if (part, content) == ("xl/styles.xml", b"<x/>"):
        assert list(altered_numbers(path, "Sheet1", "a")) == []
        return
    with pytest.raises(ContractBroken, match="number formats"):
        list(altered_numbers(path, "Sheet1", "a"))
