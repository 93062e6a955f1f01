"""The benchmark of pages: its figures are kept by size, and the document tells which pages meet the aim."""

from __future__ import annotations

import json
from pathlib import Path

from bench import pages_page


def found(rows: int) -> dict[str, object]:
    machine = {"cpu": "one", "cores": 2, "load_before": [0.1, 0.1, 0.1]}
    measured = {
        "at rest": {"quick": [10.0, 20.0, 30.0], "slow": [100.0, 100.0, 100.0]},
        "beside a sync": {"quick": [290.0, 300.0, 900.0], "slow": [301.0, 301.0, 301.0]},
    }
    about = {"command": "c", "began": "b", "revision": "r", "machine": machine, "asks": 3}
    return {"rows": rows, "measured": measured, **about}


def test_a_page_meets_the_aim_by_its_median_in_the_worse_of_both(tmp_path: Path) -> None:
    lines = list(pages_page.lines(found(7)))
    (quick,) = (line for line in lines if line.startswith("| quick "))
    (slow,) = (line for line in lines if line.startswith("| slow "))
    assert quick.startswith("| quick | **20** |")
    assert "| **300** |" in quick
    assert quick.endswith("| met |")
    assert slow.endswith("| missed |")


def test_what_was_measured_is_kept_by_size_and_told_the_smallest_first(tmp_path: Path) -> None:
    for rows in (350_000, 7):
        pages_page.keep(found(rows), tmp_path)
    assert json.loads((tmp_path / "pages" / "7.json").read_text())["rows"] == 7
    told = [line for line in pages_page.pages(tmp_path) if line.startswith("###")]
    assert told == ["### 7 enrollments", "### 350,000 enrollments"]
