"""Find the numbers that a spreadsheet shows with other digits than it stores: `00123` on the screen, 123 in the file.

Such an id can't be read for certain. `workbook.py` refuses it by column and line, and does not change it.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree as ET

from pipelines.sources.tabular.package import parts
from pipelines.sources.tabular.sheet import refused

_PERCENT = {9, 10}  # the built-in formats that show other digits than they store; the rest add none
_QUIET = re.compile(r"\[[^\]]*\]|_.|\*.")  # colours, locales, paddings
_LITERAL = re.compile(r'"([^"]*)"|\\(.)')
_SECTION = re.compile(r'(?:"[^"]*"|\\.|[^;"\\])*')
_TAG = re.compile(rb"<(?:\w+:)?(row|c)\b([^>]*)>")
_ATTRIBUTE = re.compile(rb'\b([rst])="([^"]*)"')
_LETTERS = re.compile(rb"([A-Z]+)(\d+)")


def is_faithful(number_format: str) -> bool:
    """Return whether a format shows a whole number's digits as stored; grouping and decimals may be added."""
    section = _SECTION.match(_QUIET.sub("", number_format))
    positive = section[0] if section else ""
    if any(letter.isalnum() for quoted, escaped in _LITERAL.findall(positive) for letter in quoted + escaped):
        return False  # "S"0 shows S123
    bare = _LITERAL.sub("", positive)
    if bare.casefold() in {"general", "@", ""}:
        return True
    whole = re.split(r"[.Ee]", bare)[0]
    return "%" not in bare and not whole.endswith(",") and sum(map(whole.count, "0")) < 2


def altered_numbers(path: Path, sheet: str, file: str) -> Iterator[tuple[int, int]]:
    """Yield row (from 1) and column (from 0) of each number of an .xlsx sheet whose style shows other digits.

    Raises `ContractBroken` if the workbook's number formats can't be read.
    """
    with zipfile.ZipFile(path) as package:
        try:
            root = _target(package, "", "/officeDocument")
            styles = _altering_styles(package, root)
            part = _sheet_part(package, root, sheet) if styles else ""
        except (ET.ParseError, LookupError, ValueError):
            raise refused("the workbook's number formats can't be read", file) from None
        if styles:
            yield from _styled_numbers(package, part, styles)


def _altering_styles(package: zipfile.ZipFile, root: str) -> frozenset[bytes]:
    """Return the cell styles (as written in a cell's `s`) whose number format is not faithful."""
    try:
        name = _target(package, root, "/styles")
    except KeyError:
        return frozenset()
    styles = _parsed(package, name)
    custom = {
        int(entry.attrib["numFmtId"]): entry.attrib.get("formatCode", "") for entry in styles.iterfind(".//{*}numFmt")
    }
    altering = set()
    for index, style in enumerate(styles.iterfind("{*}cellXfs/{*}xf")):
        number = int(style.attrib.get("numFmtId", "0"))
        if not is_faithful(custom[number]) if number in custom else number in _PERCENT:
            altering.add(str(index).encode())
    return frozenset(altering)


def _styled_numbers(package: zipfile.ZipFile, part: str, styles: frozenset[bytes]) -> Iterator[tuple[int, int]]:
    row, column, seen = 0, -1, (0, -1)
    for piece in parts(package, part):
        for tag, written in _TAG.findall(piece):
            attributes = dict(_ATTRIBUTE.findall(written))
            if tag == b"row":
                row, column = int(attributes.get(b"r", row + 1)), -1
                continue
            row, column = _cell(attributes.get(b"r"), row, column)
            is_number = attributes.get(b"t", b"n") == b"n" and not written.endswith(b"/")
            if is_number and attributes.get(b"s", b"0") in styles and (row, column) > seen:
                seen = row, column
                yield row, column


def _cell(reference: bytes | None, row: int, column: int) -> tuple[int, int]:
    found = _LETTERS.fullmatch(reference or b"")
    if not found:
        return row, column + 1
    position = 0
    for letter in found[1]:
        position = position * 26 + letter - ord("A") + 1
    return int(found[2]), position - 1


def _sheet_part(package: zipfile.ZipFile, root: str, sheet: str) -> str:
    for entry in _parsed(package, root).iterfind("{*}sheets/{*}sheet"):
        if entry.attrib.get("name") == sheet:
            relation = next(value for key, value in entry.attrib.items() if key.endswith("}id"))
            return _target(package, root, "", relation)
    raise KeyError(sheet)


def _target(package: zipfile.ZipFile, source: str, kind: str, relation: str | None = None) -> str:
    """Return the target of one of a part's relations, found by the ending of its type or by its id."""
    folder = PurePosixPath(source).parent
    for entry in _parsed(package, str(folder / "_rels" / f"{PurePosixPath(source).name}.rels")):
        if entry.attrib["Id"] == relation if relation else entry.attrib["Type"].endswith(kind):
            target = entry.attrib["Target"]
            return target[1:] if target.startswith("/") else str(folder / target)
    raise KeyError(kind)


def _parsed(package: zipfile.ZipFile, name: str) -> ET.Element:
    return ET.fromstring(package.read(name))  # noqa: S314 - package.guard refused every DOCTYPE
