"""Check whether a file is complete: a plan from a part of a file would archive everybody in the missing part."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.errors import ContractBroken, Place, SourceIncomplete
from pipelines.settings import Completeness
from pipelines.sources.tabular import workbook
from pipelines.sources.tabular.delimited import fields_of, find_header
from pipelines.sources.tabular.encoding import detect, text
from pipelines.sources.tabular.header import Columns
from pipelines.sources.tabular.kind import sniff
from pipelines.sources.tabular.records import Block, blocks
from pipelines.sources.tabular.sheet import Sheet
from pipelines.sources.tabular.trailer import Trailer, read_trailer

MANIFEST = ".manifest.json"
_LARGEST_MANIFEST = 1 << 20
_OWNER = "export script owner"
_AGAIN = "deliver the complete file again"


@dataclass(frozen=True)
class Counted:
    """The number of a file's data lines, without header, trailer and blank lines; and its trailer."""

    rows: int
    trailer: Trailer | None
    has_header: bool = True


def check(
    path: Path, name: str, completeness: Completeness, previous_rows: int | None, columns: Columns | None = None
) -> dict[str, Any]:
    """Count a file's rows and compare the count with its trailer, its manifest and the last applied run.

    Raises `SourceIncomplete` if the file is incomplete, and `ContractBroken` if its manifest is malformed. If `columns`
    are given, a title above the header does not count as a row.
    """
    size = path.stat().st_size
    if size == 0:
        raise _incomplete("the file is empty", name)
    facts = _against_manifest(path, name, size)
    counted = count(path, name, columns)
    if not counted.has_header:
        raise _incomplete("the file has only blank lines", name)
    if not counted.rows:
        raise _incomplete("the file has a header and no rows", name)
    _against_trailer(counted, name, completeness)
    _against_count(facts.get("manifest_rows"), counted.rows, "manifest", name)
    _against_last_run(counted.rows, previous_rows, name, completeness)
    trailer_rows = counted.trailer.rows if counted.trailer else None
    return {"rows": counted.rows, "bytes": size, "trailer_rows": trailer_rows, **facts}


def count(path: Path, name: str, columns: Columns | None = None) -> Counted:
    """Count a file's data lines. Raises `SourceIncomplete` if the file ends in the middle of a line."""
    columns = columns or Columns(required=())
    kind = sniff(path, name)
    return _count_text(path, name, columns) if kind == "text" else _count_workbook(path, name, kind, columns)


def _count_text(path: Path, name: str, columns: Columns) -> Counted:
    ends: list[bytes] = []
    chunks = _remember_end(text(path, detect(path, name), name), ends)
    head, chunks = find_header(chunks, columns)
    records, last, before = 0, "", ""
    line = 1
    for block in blocks(chunks, head.delimiter, name):
        filled = _filled(block, head.delimiter)
        records += len(filled)
        for index in filled[-2:]:
            before, last, line = last, block.record(index), int(block.lines[index])
    trailer = read_trailer(last.strip(" \t\x1a")) if records > head.records else None
    if not trailer and records and not ends[0].endswith(b"\n"):
        fields = len(fields_of(last, head.delimiter))
        expected = len(fields_of(before, head.delimiter)) if records > 1 else fields
        if fields < expected:
            raise SourceIncomplete(
                "the file ends in the middle of a row", place=Place(name, line), owner=_OWNER, fix=_AGAIN
            )
    return Counted(max(records - head.records - bool(trailer), 0), trailer, records > 0)


def _remember_end(chunks: Iterator[bytes], ends: list[bytes]) -> Iterator[bytes]:
    ends.append(b"")
    for chunk in chunks:
        ends[0] = chunk[-1:] or ends[0]
        yield chunk


def _filled(block: Block, delimiter: str) -> NDArray[np.intp]:
    """Return the indexes of the records that are not blank."""
    has_content = np.ones(256, bool)
    has_content[list(f'\n \t\x1a"{delimiter}'.encode())] = False
    characters = np.frombuffer(block.data, np.uint8)
    filled = has_content[characters[block.starts]]
    if not filled.all():  # an empty or quoted first cell does not show whether the record is blank
        filled = np.logical_or.reduceat(has_content[characters], block.starts)
    return np.flatnonzero(filled)


def _count_workbook(path: Path, name: str, kind: str, columns: Columns) -> Counted:
    with workbook.OPENERS[kind](path, name) as book:
        counted = [_count_sheet(sheet, columns) for sheet in book.sheets]
    return max(counted, key=lambda sheet: (sheet[0], sheet[1].rows), default=(0, Counted(0, None, has_header=False)))[1]


def _count_sheet(sheet: Sheet, columns: Columns) -> tuple[int, Counted]:
    found = workbook.find_header(sheet, columns)
    if found is None:
        return 0, Counted(0, None, has_header=False)
    rows, last = 0, None
    for row in found.sheet.rows:
        rows, last = rows + 1, row
    trailer = workbook.trailer_of(last) if last else None
    return found.matches, Counted(rows - bool(trailer), trailer)


def _against_trailer(counted: Counted, name: str, completeness: Completeness) -> None:
    if counted.trailer is None and completeness.trailer_required:
        raise _incomplete("the file lacks the trailer line at its end", name)
    _against_count(counted.trailer.rows if counted.trailer else None, counted.rows, "trailer", name)


def _against_count(expected: int | None, rows: int, by: str, name: str) -> None:
    if expected is not None and expected != rows:
        raise _incomplete(f"the {by} states {expected} rows, and the file has {rows}", name)


def _against_last_run(rows: int, previous_rows: int | None, name: str, completeness: Completeness) -> None:
    if previous_rows and rows < previous_rows * (1 - completeness.shrink_percent / 100):
        raise _incomplete(
            f"the file has {rows} rows and the last applied run had {previous_rows}: "
            f"more than {completeness.shrink_percent:g}% fewer",
            name,
            "deliver the complete file; if it is complete, raise completeness.shrink_percent for one night",
        )


def _against_manifest(path: Path, name: str, size: int) -> dict[str, Any]:
    """Compare size and checksum with `<file>.manifest.json`, if it exists; return the manifest's facts."""
    manifest_path = path.with_name(path.name + MANIFEST)
    if not manifest_path.exists():
        return {"manifest": False}
    manifest = _manifest(manifest_path, name + MANIFEST)
    if manifest.get("bytes") not in (None, size):
        raise _incomplete("the file's size differs from the size in its manifest", name)
    checksum = manifest.get("sha256")
    if checksum is not None:
        with path.open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() != str(checksum).strip().lower():
                raise _incomplete("the file's checksum differs from the checksum in its manifest", name)
    return {"manifest": True, "manifest_rows": manifest.get("rows")}


def _manifest(path: Path, name: str) -> dict[str, Any]:
    try:
        with path.open("rb") as stream:
            manifest = json.loads(stream.read(_LARGEST_MANIFEST))
    except ValueError:
        manifest = None
    numbers = [manifest.get(key) for key in ("rows", "bytes")] if isinstance(manifest, dict) else ["none"]
    if any(number is not None and type(number) is not int for number in numbers):
        raise ContractBroken(
            "the manifest is not a JSON object with rows, bytes and sha256",
            place=Place(name),
            owner=_OWNER,
            fix="correct the manifest, or deliver the file without a manifest",
        )
    return manifest or {}


def _incomplete(what: str, file: str, fix: str = _AGAIN) -> SourceIncomplete:
    return SourceIncomplete(what, place=Place(file), owner=_OWNER, fix=fix)
