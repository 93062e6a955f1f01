"""A district as files, the same bytes from the same seed: text in any delimiter and encoding, or a workbook."""

from __future__ import annotations

import codecs
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandbox import defects, layouts, names
from sandbox.district import World
from sandbox.layouts import Sheet

_BATCH = 200_000  # rows in memory at a time, about 35 MB of text
_SHEET_ROWS = {"xls": 65_536, "xlsx": 1_048_576}  # with the header; no more fit
_DELIMITERS = {"csv": ",", "tsv": "\t"}


@dataclass(frozen=True)
class Form:
    """How a file is written. Only `layout` and `format` matter to most callers."""

    layout: str = "combined"  # combined | staff | students | sds_v21
    format: str = "csv"  # csv | tsv | xls | xlsx
    name: str = "roster"  # the file's stem; sds_v21 has names of its own
    dirty: int | None = None  # seed of the mistakes; None for a clean export
    delimiter: str | None = None
    encoding: str = "utf-8"  # utf-8 | utf-8-sig | utf-16 | cp1252 (letters it does not have lose their marks)
    line_ending: str = "\n"
    columns: dict[str, str] = field(default_factory=dict)  # our field -> the header to write
    without: tuple[str, ...] = ()  # fields to leave out
    trailer: bool = False  # a last line with the number of rows
    manifest: bool = False  # beside each file a <file>.manifest.json with its rows, bytes and sha256


def write(world: World, folder: Path, **form: Any) -> list[Path]:
    """Write the district into `folder` in the form given by `Form`'s fields; return all files, in order."""
    chosen = Form(**form)
    if chosen.format not in (*_DELIMITERS, *_SHEET_ROWS):
        raise ValueError(f"no format {chosen.format!r}; known: csv, tsv, xls, xlsx")
    folder.mkdir(parents=True, exist_ok=True)
    files: list[Path] = []
    for sheet in _spoiled(world, chosen):
        path = folder / f"{sheet.name}.{chosen.format}"
        _write_sheet(sheet, path, chosen, world)
        files.append(path)
        if chosen.manifest:
            files.append(_write_manifest(path, len(sheet)))
    return files


def list_mistakes(world: World, **form: Any) -> dict[str, tuple[int, ...]]:
    """List the lines of each mistake that `write` makes in the same form: see `defects.Spoiled.injected`."""
    chosen = Form(**form)
    if chosen.dirty is None:
        return {}
    text = chosen.format in _DELIMITERS
    for sheet in layouts.sheets(world, chosen.layout):
        if defects.spoils(chosen.layout, sheet.name):
            return defects.spoil(sheet.frame(), seed=chosen.dirty, layout=chosen.layout, text=text).injected
    return {}


def _spoiled(world: World, form: Form) -> Iterator[Sheet]:
    text = form.format in _DELIMITERS
    for sheet in layouts.sheets(world, form.layout, form.name):
        if form.dirty is not None and defects.spoils(form.layout, sheet.name):
            spoiled = defects.spoil(sheet.frame(), seed=form.dirty, layout=form.layout, text=text)
            yield _without(layouts.from_frame(sheet.name, spoiled.rows, spoiled.ragged), form)
        else:
            yield _without(sheet, form)


def _without(sheet: Sheet, form: Form) -> Sheet:
    kept = {name: column for name, column in sheet.columns.items() if name not in form.without}
    cut = {at for at, name in enumerate(sheet.columns) if name in form.without}
    ragged = {row: tuple(cell for at, cell in enumerate(cells) if at not in cut) for row, cells in sheet.ragged.items()}
    return Sheet(sheet.name, kept, sheet.index, ragged)


def _write_sheet(sheet: Sheet, path: Path, form: Form, world: World) -> None:
    header = [form.columns.get(name, name) for name in sheet.columns]
    if form.format in _DELIMITERS:
        _write_text(sheet, header, path, form)
        return
    if len(sheet) >= _SHEET_ROWS[form.format]:
        raise ValueError(f"{len(sheet)} rows do not fit into one sheet of {form.format}")
    if form.format == "xlsx":
        _write_xlsx(sheet, header, path, datetime.combine(world.as_of, time(), UTC))
    else:
        _write_xls(sheet, header, path)


def _write_text(sheet: Sheet, header: list[str], path: Path, form: Form) -> None:
    delimiter = form.delimiter or _DELIMITERS[form.format]
    fitted = sheet.with_values(_fit_cp1252) if form.encoding == "cp1252" else sheet
    quoted = fitted.with_values(lambda values: _quote(values, delimiter))
    with path.open("wb") as file:
        out = _Encoded(file, form.encoding)
        out.put(delimiter.join(_quote(pa.array(header), delimiter).to_pylist()) + form.line_ending)
        for start, stop in _batches(len(sheet), sheet.ragged):
            if start in sheet.ragged:
                cells = _quote(pa.array(sheet.ragged[start]), delimiter)
                out.put(delimiter.join(cells.to_pylist()) + form.line_ending)
            else:
                out.put_lines(quoted.rows(start, stop), delimiter, form.line_ending)
        if form.trailer:
            out.put(f"#EOF{delimiter}{len(sheet)}{form.line_ending}")


def _batches(rows: int, ragged: dict[int, tuple[str, ...]]) -> Iterator[tuple[int, int]]:
    """Cut the rows into batches, each ragged one by itself."""
    cuts = {*range(0, rows, _BATCH), rows, *ragged, *(at + 1 for at in ragged)}
    edges = sorted(cuts)
    return pairwise(edges)


@dataclass(frozen=True)
class _Encoded:
    """A file that takes text in the encoding asked for."""

    file: BinaryIO
    encoding: str

    def put(self, text: str) -> None:
        start = {"utf-8-sig": codecs.BOM_UTF8, "utf-16": codecs.BOM_UTF16_LE}.get(self.encoding, b"")
        if start and not self.file.tell():
            self.file.write(start)
        self.file.write(text.encode({"utf-8-sig": "utf-8", "utf-16": "utf-16-le"}.get(self.encoding, self.encoding)))

    def put_lines(self, rows: pa.Table, delimiter: str, line_ending: str) -> None:
        """Join whole columns: the joined strings lie in one buffer, which is the file's next piece."""
        lines = pc.binary_join_element_wise(*(column.combine_chunks() for column in rows.columns), delimiter)
        lines = pc.binary_join_element_wise(lines, "", line_ending)
        first, last = np.frombuffer(lines.buffers()[1], np.int32)[[lines.offset, lines.offset + len(lines)]]
        piece = lines.buffers()[2].slice(int(first), int(last - first))
        if self.encoding in ("utf-8", "utf-8-sig"):
            self.file.write(piece)
        else:
            self.put(piece.to_pybytes().decode())


def _quote(values: pa.Array, delimiter: str) -> pa.Array:
    """Quote the values that need it, as RFC 4180 says."""
    needed = pc.match_substring(values, '"')
    for special in (delimiter, "\n", "\r"):
        needed = pc.or_(needed, pc.match_substring(values, special))
    if not pc.any(needed).as_py():
        return values
    doubled = pc.replace_substring(values, '"', '""')
    return pc.if_else(needed, pc.binary_join_element_wise('"', doubled, '"', ""), values)


def _fit_cp1252(values: pa.Array) -> pa.Array:
    distinct = values.dictionary_encode()
    fitted = ["".join(map(_fit_letter, value)) for value in distinct.dictionary.to_pylist()]
    return pa.array(fitted, pa.string()).take(distinct.indices)


def _fit_letter(letter: str) -> str:
    try:
        letter.encode("cp1252")
    except UnicodeEncodeError:
        return names.fold(letter)
    return letter


def _write_xlsx(sheet: Sheet, header: list[str], path: Path, created: datetime) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        book.set_properties({"created": created.replace(tzinfo=None)})
        page = book.add_worksheet("Roster")
        for row, cells in enumerate(_cells(sheet, header)):
            for column, value in enumerate(cells):
                page.write_string(row, column, value)


def _write_xls(sheet: Sheet, header: list[str], path: Path) -> None:
    import xlwt

    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("Roster")
    for row, cells in enumerate(_cells(sheet, header)):
        for column, value in enumerate(cells):
            page.write(row, column, value)
    book.save(str(path))


def _cells(sheet: Sheet, header: list[str]) -> Iterator[list[str]]:
    yield header
    for start, stop in _batches(len(sheet), {}):
        columns = [column.to_pylist() for column in sheet.rows(start, stop).columns]
        yield from map(list, zip(*columns, strict=True))


def _write_manifest(path: Path, rows: int) -> Path:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    manifest = path.with_name(f"{path.name}.manifest.json")
    facts = {"rows": rows, "bytes": path.stat().st_size, "sha256": digest}
    manifest.write_text(json.dumps(facts) + "\n", encoding="utf-8")
    return manifest
