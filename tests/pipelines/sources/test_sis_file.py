"""Files as a source: the warning for an old file."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.sources import sis_file
from pipelines.sources.contract import ExtractRequest

NIGHT = date(2026, 9, 10)


@pytest.mark.parametrize(
    ("path", "days", "warned"),
    [
        ("roster.csv", 1, None),
        ("roster.csv", 9, ["the newest file was written 9 days before the run's date"]),
        ("{as_of}.csv", 9, None),  # its name says whose night it is of, as in a backfill
    ],
)
def test_a_file_older_than_stale_days_causes_a_warning(
    tmp_path: Path, path: str, days: int, warned: list[str] | None
) -> None:
    file = tmp_path / path.replace("{as_of}", NIGHT.isoformat())
    file.write_text("school_id\n1\n", encoding="utf-8")
    written = (datetime(NIGHT.year, NIGHT.month, NIGHT.day, tzinfo=UTC) - timedelta(days=days)).timestamp()
    os.utime(file, (written, written))
    source = sis_file.Settings(kind="sis_file", path=str(tmp_path / path))
    to = tmp_path / "to"
    to.mkdir()
    assert sis_file.fetch(source, ExtractRequest("springfield", NIGHT, to)).facts.get("warnings") == warned
