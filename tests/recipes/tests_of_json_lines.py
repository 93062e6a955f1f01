"""JSON lines: a file is read as it is, or refused if it is cut off."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines.errors import SourceIncomplete, SourceUnavailable
from pipelines.sources import json_lines
from pipelines.sources.contract import ExtractRequest, ExtractResult
from tests.delivery import line
from tests.town import FIRST


def fetched(folder: Path, text: str) -> tuple[ExtractResult, json_lines.Settings]:
    (folder / "roster.jsonl").write_text(text, encoding="utf-8")
    (folder / "to").mkdir()
    source = json_lines.Settings(kind="json_lines", path=str(folder / "roster.jsonl"))
    return json_lines.fetch(source, ExtractRequest("oakdale", FIRST, folder / "to")), source


def test_each_line_is_a_row(tmp_path: Path) -> None:
    result, source = fetched(tmp_path, json.dumps(line()) + "\n")
    assert json_lines.prove_whole(result, source, None) == {"roster.jsonl": {"rows": 1}}
    (table,), layout = json_lines.understand(result.files, source)
    assert layout.name == "combined"
    assert table.rows.column("student_id").to_pylist() == [line()["student_id"]]


def test_a_file_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceIncomplete):
        json_lines.prove_whole(*fetched(tmp_path, json.dumps(line())), None)


def test_without_a_file_the_night_tries_again(tmp_path: Path) -> None:
    source = json_lines.Settings(kind="json_lines", path=str(tmp_path / "{as_of}.jsonl"))
    assert json_lines.has_past_dates(source)
    with pytest.raises(SourceUnavailable):
        json_lines.fetch(source, ExtractRequest("oakdale", FIRST, tmp_path))
