"""A file's format is detected by its content, and unsupported formats are refused by name."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest

from pipelines.errors import ContractBroken, SourceIncomplete
from pipelines.sources.tabular.kind import sniff
from tests.written import HEADER, as_csv, write_xls, write_xlsx

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def test_each_format_is_detected_by_its_content(tmp_path: Path) -> None:
    (tmp_path / "text.xls").write_text(as_csv([HEADER]))
    assert sniff(tmp_path / "text.xls", "f") == "text"
    assert sniff(write_xlsx(tmp_path / "a.xlsx", [HEADER]).rename(tmp_path / "a.csv"), "f") == "xlsx"
    assert sniff(write_xls(tmp_path / "b.xls", [HEADER]).rename(tmp_path / "b.csv"), "f") == "xls"


@pytest.mark.parametrize(
    ("content", "called"),
    [
        (gzip.compress(b"student_id", mtime=0), "gzip"),
        (b"%PDF-1.7", "PDF"),
        (b"\n <!DOCTYPE html><html>log in</html>", "HTML"),
        (b"\xef\xbb\xbf<HTML>", "HTML"),
        (b"<table><tr><td>student_id", "HTML"),
        (b'<?xml version="1.0"?><Workbook/>', "XML"),
        (OLE + bytes(600), "without a workbook"),
        (OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "password"),
    ],
)
def test_unsupported_formats_are_refused_by_name(tmp_path: Path, content: bytes, called: str) -> None:
    (tmp_path / "f").write_bytes(content)
    with pytest.raises(ContractBroken, match=called):
        sniff(tmp_path / "f", "f")


@pytest.mark.parametrize(
    ("parts", "called"),
    [
        (["roster.csv"], "without a workbook"),
        (["xl/workbook.bin"], "xlsb"),
        (["mimetype", "content.xml"], "ods"),
    ],
)
def test_other_zips_are_refused_by_name(tmp_path: Path, parts: list[str], called: str) -> None:
    with zipfile.ZipFile(tmp_path / "f", "w") as package:
        for part in parts:
            package.writestr(part, "x")
    with pytest.raises(ContractBroken, match=called):
        sniff(tmp_path / "f", "f")


@pytest.mark.parametrize("share", [0.3, 0.9, 0.999])
def test_a_truncated_workbook_is_incomplete(tmp_path: Path, share: float) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", [HEADER])
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(SourceIncomplete, match="its end is missing"):
        sniff(path, "f")
