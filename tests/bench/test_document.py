"""docs/performance.md is rendered from the newest stored figures only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bench import document

MACHINE = {"cpu": "one", "cores": 2, "ram_gb": 4, "system": "Linux", "load_before": [3.0, 2.0, 1.0]}
ABOUT = {"command": "python -m it", "began": "today", "revision": "r", "machine": MACHINE, "versions": {"Python": "3"}}


def of_safety(rows: int, seconds: float = 3.0) -> dict[str, Any]:
    cell = {"night": "n", "without": "", "transaction": seconds, "cpu": 5.0}
    less = {**cell, "without": "it", "transaction": 2.0, "cpu": 4.0}
    return {**ABOUT, "rows": rows, "measured": [], "compared": [cell, less]}


def test_the_page_is_rendered_from_the_stored_figures() -> None:
    assert document.PAGE.read_text(encoding="utf-8") == document.render(document.read())


def test_sizes_are_in_ascending_order_and_a_new_measurement_replaces_the_old_one(tmp_path: Path) -> None:
    stored, page = tmp_path / "summary.json", tmp_path / "performance.md"
    for rows, seconds in ((350_000, 3.0), (7, 8.0), (7, 3.0)):
        document.keep("safety", of_safety(rows, seconds), stored)
    document.write(stored, page)
    text = page.read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if line.startswith("### ")] == [
        "### 7 enrollments",
        "### 350,000 enrollments",
    ]
    assert "$" not in text
    assert text.count("the machine was shared") == 2
    assert "8.00" not in text


def test_the_cost_of_a_check_is_a_ratio_within_one_run() -> None:
    lines = list(document.tables("safety", of_safety(7)))
    assert "| n | without it | 2.00 | 2.00-2.00 | 4.00 | 1.50 | 1.25 |" in lines


def test_a_page_meets_the_target_by_the_worse_of_its_two_medians() -> None:
    measured = {
        "at rest": {"quick": [10.0, 20.0, 30.0], "slow": [100.0, 100.0, 100.0]},
        "beside a sync": {"quick": [290.0, 300.0, 900.0], "slow": [301.0, 301.0, 301.0]},
    }
    lines = list(document.tables("pages", {**ABOUT, "rows": 7, "asks": 3, "measured": measured}))
    (quick,) = (line for line in lines if line.startswith("| quick "))
    (slow,) = (line for line in lines if line.startswith("| slow "))
    assert quick.startswith("| quick | **20** |")
    assert "| **300** |" in quick
    assert quick.endswith("| met |")
    assert slow.endswith("| missed |")
