"""A workbook is refused before it can exhaust memory or expand entities."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.errors import ContractBroken
from pipelines.sources.tabular import package
from pipelines.sources.tabular.package import guard, parts
from tests.written import HEADER, repacked, write_xlsx

SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_xlsx(tmp_path / "a.xlsx", [HEADER, ["1", "Ann", "C1"]])


def in_sheet(old: bytes, new: bytes) -> Callable[[str, bytes], bytes]:
    def change(name: str, content: bytes) -> bytes:
        assert name != SHEET or old in content
        return content.replace(old, new) if name == SHEET else content

    return change


def test_an_ordinary_workbook_is_accepted(path: Path) -> None:
    guard(path, "a")


@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/sharedStrings.xml", "xl/_rels/workbook.xml.rels"])
def test_xml_entities_are_refused_in_every_part(path: Path, part: str) -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    repacked(path, lambda name, content: content.replace(b"?>", b"?>" + bomb, 1) if name == part else content)
    with pytest.raises(ContractBroken, match="entities"):
        guard(path, "a")


def test_xml_entities_are_refused_after_a_long_comment_and_in_utf_16(path: Path) -> None:
    comment = b"<!--" + b"x" * (2 << 20) + b"--><!DOCTYPE x []>"
    repacked(path, in_sheet(b"?>", b"?>" + comment))
    with pytest.raises(ContractBroken, match="entities"):
        guard(path, "a")
    repacked(path, lambda name, content: "<!DOCTYPE x []><x/>".encode("utf-16") if name == SHEET else content)
    with pytest.raises(ContractBroken, match="entities"):
        guard(path, "a")


def test_a_part_with_an_extreme_compression_ratio_is_refused(path: Path) -> None:
    repacked(path, in_sheet(b"<sheetData>", b"<sheetData>" + b" " * (40 << 20)))
    with pytest.raises(ContractBroken, match="unpacks to far more"):
        guard(path, "a")


def test_a_too_large_package_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "LARGEST_UNPACKED", 1000)
    with pytest.raises(ContractBroken, match="far larger than any roster"):
        guard(path, "a")


def test_a_part_with_a_wrong_size_is_refused(path: Path) -> None:
    with zipfile.ZipFile(path) as whole:
        size = whole.getinfo(SHEET).file_size
    data = path.read_bytes()
    lie = data.replace(size.to_bytes(4, "little"), (size - 60).to_bytes(4, "little"))
    assert lie != data
    path.write_bytes(lie)
    with pytest.raises(ContractBroken, match="damaged"):
        guard(path, "a")


def test_cells_in_opposite_corners_are_refused_and_a_wide_sheet_is_accepted(path: Path) -> None:
    repacked(path, in_sheet(b' r="C2"', b' r="BZ2"'))
    guard(path, "a")
    repacked(path, in_sheet(b' r="BZ2"', b' r="XFD1048576"'))
    with pytest.raises(ContractBroken, match="too far apart"):
        guard(path, "a")


def test_two_parts_with_the_same_name_are_refused(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as whole, pytest.warns(UserWarning, match="Duplicate"):
        whole.writestr(SHEET, "<worksheet/>")
    with pytest.raises(ContractBroken, match="two parts with the same name"):
        guard(path, "a")


def test_a_damaged_or_encrypted_part_is_refused(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(re.sub(rb"(?<=PK\x01\x02....)\x00", b"\x01", whole, flags=re.DOTALL))
    with pytest.raises(ContractBroken, match="damaged or encrypted"):
        guard(path, "a")
    at = whole.index(SHEET.encode()) + 60
    path.write_bytes(whole[:at] + b"\xff" * 20 + whole[at + 20 :])
    with pytest.raises(ContractBroken, match="damaged or encrypted"):
        guard(path, "a")


def test_parts_are_read_in_pieces_without_cutting_a_tag(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "_CHUNK", 50)
    with zipfile.ZipFile(path) as whole:
        pieces = list(parts(whole, SHEET))
        content = whole.read(SHEET)
    assert len(pieces) > 5
    for cell in (b'<c r="A1"', b'<c r="C2"'):
        assert any(cell in piece for piece in pieces)
    assert content.startswith(pieces[0])
