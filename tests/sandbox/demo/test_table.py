"""What the demo prints about its runs."""

from __future__ import annotations

from datetime import date
from io import StringIO

from rich.console import Console

from sandbox.demo import table
from sandbox.demo.nights import Told
from sandbox.demo.world import DEMOS, Night

NIGHTS = (
    Night(1, "first night", date(2026, 9, 1)),
    Night(2, "same files again", date(2026, 9, 2), usual="unchanged"),
)
COUNTS = {"received": 8400, "accepted": 8280, "quarantined": 120, "planned": 10579, "written": 10581}


def printed(*told: Told) -> str:
    page = StringIO()
    Console(file=page, width=140).print(table.nights(told))
    return page.getvalue()


def test_a_night_is_printed_with_its_status_counts_and_seconds() -> None:
    page = printed(Told(DEMOS[0], NIGHTS[0], 1, "applied", COUNTS, 12.4, None))
    (line,) = [line for line in page.splitlines() if "first night" in line]
    assert " ".join(line.split()) == "Springfield USD first night applied 8,400 8,280 120 10,579 10,581 12"


def test_an_unchanged_night_is_printed_without_counts() -> None:
    page = printed(Told(DEMOS[0], NIGHTS[1], 2, "unchanged", {"files": 1, "quarantined": 0}, 3, None))
    (line,) = [line for line in page.splitlines() if "same files" in line]
    assert line.split()[-7:] == ["unchanged", "-", "-", "-", "-", "-", "3"]
