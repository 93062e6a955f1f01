"""Read the source `json_lines`: a file with one JSON object per line, whose keys are the columns of `combined`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
from pydantic import ConfigDict

from pipelines.errors import SourceIncomplete, SourceUnavailable
from pipelines.settings import SourceSettings
from pipelines.sources.assertions import Layout
from pipelines.sources.contract import Bookmark, ExtractRequest, ExtractResult
from pipelines.sources.layouts import layout
from pipelines.sources.tables import TEXT, Table

KIND = "json_lines"


class Settings(SourceSettings):
    """The settings of this kind: where the file is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str = ""  # local; the run fills in {as_of}


def fetch(source: Settings, request: ExtractRequest) -> ExtractResult:
    """Copy the run's file to the request's folder. Raises SourceUnavailable if there is none yet."""
    found = Path(source.path.replace("{as_of}", request.as_of.isoformat()))
    if not found.is_file():
        raise SourceUnavailable(f"no {found.name} yet", owner="export script owner", fix="wait for the export")
    shutil.copyfile(found, request.to / found.name)
    return ExtractResult({found.name: request.to / found.name})


def has_past_dates(source: Settings) -> bool:
    """Return whether the path contains the date."""
    return "{as_of}" in source.path


def prove_whole(result: ExtractResult, _source: Settings, _bookmark: Bookmark | None) -> dict[str, Any]:
    """Return each file's number of lines. Raises SourceIncomplete if the last line does not end."""
    texts = {name: path.read_text(encoding="utf-8") for name, path in result.files.items()}
    if not all(text.endswith("\n") for text in texts.values()):
        raise SourceIncomplete("the last line is cut off", owner="export script owner", fix="export the file again")
    return {name: {"rows": text.count("\n")} for name, text in texts.items()}


def understand(files: Mapping[str, Path], source: Settings) -> tuple[list[Table], Layout]:
    """Read a snapshot's files into tables."""
    return [_table(name, path) for name, path in files.items()], layout_of(source)


def layout_of(_source: Settings) -> Layout:
    """Return the layout of the tables."""
    return layout("combined")


def _table(name: str, path: Path) -> Table:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    fields = dict.fromkeys(field for row in rows for field in row)
    columns = {field: pa.array([str(row.get(field, "")) for row in rows]).cast(TEXT) for field in fields}
    return Table(name, pa.table(columns | {"line": pa.array(range(1, len(rows) + 1), pa.int32())}), (), len(rows), {})
