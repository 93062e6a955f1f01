"""Read the source `sis_file`: files that a student information system exports to a folder, SFTP or a bucket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, Field

from pipelines.errors import SourceIncomplete
from pipelines.settings import PROJECT, SourceSettings
from pipelines.settings.connections import resolve
from pipelines.sources import remote
from pipelines.sources.assertions import Layout
from pipelines.sources.contract import Bookmark, ExtractRequest, ExtractResult
from pipelines.sources.layouts import FileLayout
from pipelines.sources.layouts import layout as named_layout
from pipelines.sources.tables import Table
from pipelines.sources.tabular import completeness, read

KIND = "sis_file"


class Settings(SourceSettings):
    """The settings of this kind: where the files are, and what their columns mean."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str = ""  # local, sftp:// or s3://; the run fills in {as_of} and {district}; * matches several files
    layout: str = "combined"
    columns: dict[str, str] = Field(default_factory=dict)  # our field -> their header
    class_key: tuple[str, ...] = ("class_id",)  # what identifies a class: GC-14


def fetch(source: Settings, request: ExtractRequest) -> ExtractResult:
    """Copy the run's files to the request's folder, each with its manifest if it has one.

    Raises SourceUnavailable (no file yet, GC-18), SourceGrowing, and SourceIncomplete if a set lacks a file.
    """
    layout = layout_of(source)
    connection = resolve(source.connection) if source.connection else None
    found = remote.find(_pattern(source.path, request.district_id, request.as_of), connection)
    wanted = [file for file in found if layout.part_of(file.name) is not None and not _is_sidecar(file.name)]
    _check_set(layout, [file.name for file in wanted])
    remote.wait_until_settled(wanted, source.completeness.settle_seconds)
    sidecars = {file.name: file for file in found if _is_sidecar(file.name)}
    files: dict[str, Path] = {}
    for number, file in enumerate(sorted(wanted, key=lambda file: file.name)):
        folder = request.to / f"{number:05}"  # one folder for each file: two drops may hold files of one name
        folder.mkdir()
        files[file.name] = folder / file.name
        remote.download(file, files[file.name])
        if sidecar := sidecars.get(f"{file.name}.manifest.json"):
            remote.download(sidecar, folder / sidecar.name)
    return ExtractResult(files, {"warnings": stale} if (stale := _stale(source, wanted, request.as_of)) else {})


def has_past_dates(source: Settings) -> bool:
    """Return whether the source can still deliver a past date: only if the files' path contains the date."""
    return "{as_of}" in source.path


def prove_whole(fetched: ExtractResult, source: Settings, last: Bookmark | None) -> dict[str, Any]:
    """Check that each fetched file is complete, and return the counts of each file.

    Raises SourceIncomplete if a file is incomplete: the run plans nothing from a part of a file.
    """
    files, layout = fetched.files, layout_of(source)
    expected = last.rows if last and len(files) == 1 else None
    return {
        name: completeness.check(path, name, source.completeness, expected, layout.columns_for(name))
        for name, path in files.items()
    }


def understand(files: Mapping[str, Path], source: Settings) -> tuple[list[Table], Layout]:
    """Read a snapshot's files into tables, and return the tables and their layout."""
    layout = layout_of(source)
    return [read(path, name, layout.columns_for(name)) for name, path in sorted(files.items())], layout


def layout_of(source: Settings) -> FileLayout:
    """Return the layout that the settings name, with the district's own headers."""
    return named_layout(source.layout, source.columns, source.class_key)


def _pattern(path: str, district_id: str, as_of: date) -> str:
    filled = path.replace("{as_of}", as_of.isoformat()).replace("{district}", district_id)
    return filled if "://" in filled or filled.startswith("/") else str(PROJECT / filled)


def _stale(source: Settings, files: Sequence[remote.RemoteFile], as_of: date) -> list[str]:
    """Return a warning if the newest file is older than `stale_days`.

    If the path has no date, the export overwrites the file every night, and only its age shows which night it is of.
    """
    newest = max((file.modified for file in files if file.modified), default=None)
    if newest is None or "{as_of}" in source.path:
        return []
    days = (datetime.combine(as_of, time.min, UTC) - newest) / timedelta(days=1)
    return [f"the newest file was written {days:.0f} days before the run's date"] if days > source.stale_days else []


def _is_sidecar(name: str) -> bool:
    return name.endswith(".manifest.json")


def _check_set(layout: FileLayout, names: list[str]) -> None:
    """Raise SourceIncomplete if a set lacks one of its required files."""
    if "" in layout.schemas:
        return
    there = {layout.part_of(name) for name in names}
    missing = [name for name in layout.files if name not in there and name not in layout.optional_files]
    if missing:
        raise SourceIncomplete(
            f"the delivery lacks {', '.join(missing)}", owner="export script owner", fix="export all files again"
        )
