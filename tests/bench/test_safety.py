"""The benchmark of safe nights, in small: all is taken back and given back, and the page tells it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import safety, safety_page


@pytest.mark.slow
def test_a_night_is_taken_back_given_back_looked_at_and_another_put_before_it() -> None:
    found = safety.run(rows=2100)
    told = {one["what"]: one for one in found["measured"]}
    changes = told["a night of 1 % changes"]["rows"]
    assert told["undo of that night"]["rows"] >= changes > 0
    assert told["undo of the undoing"]["rows"] == told["undo of that night"]["rows"]
    assert told["as-of, one school"]["rows"] > told["as-of, one class"]["rows"] > 0
    table = "\n".join(safety_page.lines(found))
    assert all(what in table for what in told)
    for night in ("the first night", "a night of 1 % changes"):
        merges = [cell for cell in found["compared"] if cell["night"] == night]
        assert {cell["without"] for cell in merges} == {"", *safety.CHECKS}
        assert {cell["rows"] for cell in merges} == {told[night]["rows"]}


def test_what_a_check_costs_is_told_as_a_ratio_of_one_run(tmp_path: Path) -> None:
    machine = {"cpu": "one", "cores": 2, "load_before": [3.0, 2.0, 1.0]}
    cell = {"night": "n", "without": "", "transaction": 3.0, "cpu": 5.0}
    found = {"rows": 7, "command": "c", "began": "b", "revision": "r", "machine": machine, "measured": []}
    found["compared"] = [cell, {**cell, "without": "it", "transaction": 2.0, "cpu": 4.0}]
    for rows in (7, 350_000, 14):
        safety_page.keep(found | {"rows": rows}, tmp_path)
    assert json.loads((tmp_path / "safety" / "14.json").read_text())["rows"] == 14
    page = list(safety_page.pages(tmp_path))
    assert [line for line in page if line.startswith("###")] == [
        "### 7 enrollments",
        "### 14 enrollments",
        "### 350,000 enrollments",
    ]
    assert "| n | without it | 2.00 | 2.00-2.00 | 4.00 | 1.50 | 1.25 |" in page
    assert any("the machine was shared" in line for line in page)
