"""Detect a file's format by its first bytes: files named .xls are often text, or HTML pages that ask to log in."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Literal

from pipelines.errors import ContractBroken, Place, SourceIncomplete

Kind = Literal["text", "xlsx", "xls"]

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHERS = (
    (b"\x1f\x8b", "compressed with gzip"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"%PDF", "a PDF document"),
    (b"<!doctype", "an HTML page"),
    (b"<html", "an HTML page"),
    (b"<table", "an HTML page"),
    (b"<?xml", "an XML document"),
    (b"{\\rtf", "a text document"),
)
_OWNER = "export script owner"
_FIX = "export as CSV, TSV, XLS or XLSX"


def sniff(path: Path, file: str) -> Kind:
    """Return a file's kind. If we do not read its format, raises `ContractBroken` that names the format.

    Raises `SourceIncomplete` if the file is a zip without its table of contents.
    """
    with path.open("rb") as stream:
        head = stream.read(512)
    if head.startswith(_ZIP):
        return _zipped(path, file)
    if head.startswith(_OLE):
        return _compound(path, file)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for magic, description in _OTHERS:
        if head.startswith(magic) or start.startswith(magic):
            raise _refused(f"the file is {description}", file)
    return "text"


def _zipped(path: Path, file: str) -> Kind:
    try:
        with zipfile.ZipFile(path) as package:
            names = set(package.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        # A zip's table of contents stands at its end: a cut file lacks it.
        raise SourceIncomplete(
            "the workbook is incomplete: its end is missing",
            place=Place(file),
            owner=_OWNER,
            fix="deliver the complete file again",
        ) from None
    if "xl/workbook.bin" in names:
        raise _refused("the file is a binary workbook (.xlsb)", file)
    if "mimetype" in names and "content.xml" in names:
        raise _refused("the file is an OpenDocument spreadsheet (.ods)", file)
    if not any(name.endswith("workbook.xml") for name in names):
        raise _refused("the file is a zip archive without a workbook", file)
    return "xlsx"


def _compound(path: Path, file: str) -> Kind:
    content = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise _refused("the workbook is protected by a password", file)
    if "Workbook".encode("utf-16-le") in content or "Book".encode("utf-16-le") in content:
        return "xls"
    raise _refused("the file is an Office document without a workbook", file)


def _refused(what: str, file: str) -> ContractBroken:
    return ContractBroken(what, place=Place(file), owner=_OWNER, fix=_FIX)
