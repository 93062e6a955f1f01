"""Check an .xlsx, a zip of XML from an unknown author: refuse what would exhaust memory or expand entities.

calamine stores a sheet as one dense grid, so two cells in opposite corners are a bomb too.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from pipelines.errors import ContractBroken, Place

LARGEST_UNPACKED = 3 << 30  # bytes; a full sheet of a million rows and sixteen columns has about one
LARGEST_RATIO = 100  # real sheets shrink ten- to thirtyfold
RATIO_MATTERS = 32 << 20  # bytes; smaller parts may have any ratio
LARGEST_GRID = 64_000_000  # cells between the outermost ones
MOST_PARTS = 10_000
_CHUNK = 1 << 20
_OVERLAP = 64
_OUTER_CELL = re.compile(rb' r="(?:([A-Z]{2,3})\d|[A-Z]+(\d{5,7})")')
_ROOT = re.compile(rb"<[A-Za-z]")


def guard(path: Path, file: str) -> None:
    """Raise `ContractBroken` if a package is a bomb, damaged or encrypted."""
    try:
        with zipfile.ZipFile(path) as package:
            _guard_sizes(package, file)
            for part in package.infolist():
                if part.filename.endswith((".xml", ".rels")):
                    _guard_part(package, part, file)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError):
        # zipfile raises RuntimeError if a part is encrypted.
        raise _refused("the workbook is damaged or encrypted", file) from None


def parts(package: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """Yield a part's content in pieces that overlap a little, so that no relevant tag is cut."""
    with package.open(name) as stream:
        rest = b""
        while piece := stream.read(_CHUNK):
            yield rest + piece
            rest = piece[-_OVERLAP:]


def _guard_sizes(package: zipfile.ZipFile, file: str) -> None:
    found = package.infolist()
    if len(found) > MOST_PARTS or len({part.filename for part in found}) < len(found):
        raise _refused("the workbook has too many parts, or two parts with the same name", file)
    if sum(part.file_size for part in found) > LARGEST_UNPACKED:
        raise _refused("the unpacked workbook is far larger than any roster", file)
    for part in found:
        if part.file_size > RATIO_MATTERS and part.file_size > LARGEST_RATIO * max(part.compress_size, 1):
            raise _refused("a part of the workbook unpacks to far more than its packed size", file)


def _guard_part(package: zipfile.ZipFile, part: zipfile.ZipInfo, file: str) -> None:
    """Refuse a part that declares XML entities or has cells too far apart.

    Reads the part to its end, so that zipfile checks its size and its checksum.
    """
    with package.open(part) as stream:
        prolog = stream.read(_CHUNK)
        root = _ROOT.search(prolog)
        before_root = prolog[: root.start()] if root else prolog
        if b"<!DOCTYPE" in before_root.upper().replace(b"\0", b"") or (prolog and not root):
            raise _refused("the workbook declares XML entities", file)
    width = height = 0
    for piece in parts(package, part.filename):
        if part.filename.startswith("xl/worksheets/"):
            for column, row in set(_OUTER_CELL.findall(piece)):
                width = max(width, _position(column)) if column else width
                height = max(height, int(row)) if row else height
    if max(width, 26) * max(height, 10_000) > LARGEST_GRID:
        raise _refused("a sheet has cells too far apart", file)


def _position(letters: bytes) -> int:
    position = 0
    for letter in letters:
        position = position * 26 + letter - ord("A") + 1
    return position


def _refused(what: str, file: str) -> ContractBroken:
    return ContractBroken(what, place=Place(file), owner="export script owner", fix="export the workbook again")
