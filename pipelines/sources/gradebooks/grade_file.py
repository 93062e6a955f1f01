"""The gradebook source `grade_file`: read two files that an app exports, its activities and its scores.

As with a roster's files, both may be in a local folder, on SFTP or in a bucket, as CSV, TSV or a workbook.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import ConfigDict, Field

from pipelines.settings import PROJECT, SourceSettings
from pipelines.settings.connections import Connection, resolve
from pipelines.sources import remote
from pipelines.sources.contract import ExtractRequest, ExtractResult
from pipelines.sources.gradebooks.book import Book
from pipelines.sources.tables import Table
from pipelines.sources.tabular import Columns, completeness, read
from schemas.columns import kind_of
from schemas.gradebook import GRADEBOOK

KIND = "grade_file"
Part = Literal["activities", "scores"]
PARTS: tuple[Part, ...] = get_args(Part)


class Settings(SourceSettings):
    """Where the two files are, and which of their columns hold our fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    activities: str  # local, sftp:// or s3://; {as_of} and {district} are filled in; * matches several files
    scores: str
    columns: dict[Part, dict[str, str]] = Field(default_factory=dict)  # our field -> the file's header, for each file


def fetch(source: Settings, request: ExtractRequest) -> ExtractResult:
    """Copy the files of the requested date to the request's folder, named `activities/<name>` and `scores/<name>`.

    Raises SourceUnavailable (not there yet), SourceGrowing, and SourceIncomplete for a file that is not complete.
    """
    connection = resolve(source.connection) if source.connection else None
    found = {part: _find(source, part, request, connection) for part in PARTS}
    remote.wait_until_settled([file for files in found.values() for file in files], source.completeness.settle_seconds)
    files = {name: path for part in PARTS for name, path in _download(part, found[part], request.to / part)}
    had = request.last.facts if request.last else {}
    counted = {name: _count(path, name, source, had) for name, path in files.items()}
    return ExtractResult(files, counted)


def understand(files: Mapping[str, Path], source: Settings) -> Book:
    """Read a snapshot's files into a book."""
    tables: dict[str, tuple[Table, ...]] = {
        part: tuple(
            read(path, name, _columns(source, name)) for name, path in sorted(files.items()) if _part_of(name) == part
        )
        for part in PARTS
    }
    return Book(tables["activities"], tables["scores"])


def _find(
    source: Settings, part: Part, request: ExtractRequest, connection: Connection | None
) -> list[remote.RemoteFile]:
    """Return the remote files of one of the two tables, and their manifests."""
    path = {"activities": source.activities, "scores": source.scores}[part]
    filled = path.replace("{as_of}", request.as_of.isoformat()).replace("{district}", request.district_id)
    whole = filled if "://" in filled or filled.startswith("/") else str(PROJECT / filled)
    return remote.find(whole, connection)


def _download(part: Part, found: list[remote.RemoteFile], to: Path) -> Iterator[tuple[str, Path]]:
    to.mkdir()
    for file in found:
        remote.download(file, to / file.name)
        if not file.name.endswith(remote.SIDECAR):
            yield f"{part}/{file.name}", to / file.name


def _count(path: Path, name: str, source: Settings, had: Mapping[str, Any]) -> dict[str, Any]:
    """Check that a file is complete, and return its facts. Raises SourceIncomplete.

    A term begins without scores. So a header alone is complete if the last applied run had no rows of this table, and
    the file has no manifest. Its trailer must count 0 rows; if the settings require no trailer, it may be missing.
    """
    columns = _columns(source, name)
    never = not any(facts["rows"] for file, facts in had.items() if _part_of(file) == _part_of(name))
    if never and not path.with_name(path.name + remote.SIDECAR).exists() and path.stat().st_size:
        counted = completeness.count(path, name, columns)
        expected = counted.trailer.rows if counted.trailer else int(source.completeness.trailer_required)
        if counted.has_header and counted.rows == expected == 0:
            return {"rows": 0, "bytes": path.stat().st_size}
    return completeness.check(path, name, source.completeness, None, columns)


def _part_of(name: str) -> str:
    return name.partition("/")[0]


def _columns(source: Settings, name: str) -> Columns:
    """Return a file's columns, with the ids marked: an id that a spreadsheet turned into a number is a problem."""
    part = _part_of(name)
    fields = GRADEBOOK[part].columns
    return Columns(
        required=tuple(field for field, column in fields.items() if column.required),
        optional=tuple(field for field, column in fields.items() if not column.required),
        named=next((named for name, named in source.columns.items() if name == part), {}),
        ids=frozenset(field for field, column in fields.items() if kind_of(column) == "id"),
    )
