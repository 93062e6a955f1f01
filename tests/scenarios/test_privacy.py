"""A run leaves personal data only in the roster, the quarantine and the landing zone."""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from sandbox import nights
from sandbox.district import World
from tests.town import Town, generous, world

CANARY = "zyxwvut"


def marked(world: World) -> World:
    """Return the world with one word in every name, id and email."""
    for people, key in ((world.students, "student_id"), (world.teachers, "teacher_id")):
        for column in ("first", "last", "email", key):
            people[column] = [f"{CANARY}{value}" if value else value for value in people[column]]
    return world


def assert_no_personal_data(town: Town, log: str) -> None:
    """Search the log, the records of the runs, and every file of the reports."""
    places = {name: content.decode() for name, content in town.dump("runs", "work").items()}
    assert CANARY in places.pop("runs.quarantine")  # the search finds the word where it is
    pages = [path for path in (town.folder / "reports").rglob("*") if path.suffix in {".md", ".json", ".html"}]
    assert len(pages) > 3
    places |= {str(page): page.read_text(encoding="utf-8") for page in pages} | {"log": log}
    assert "sis_file" in places["runs.imports"]
    assert "received" in places["log"]
    assert [place for place, text in places.items() if CANARY in text.casefold()] == []


def spoil(path: Path) -> None:
    """Break a few rows in ways whose error messages might quote the rows."""
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[3] = lines[3].replace("@", "@@")
    lines[10] = lines[10] + ",one too many"
    lines[17] = lines[17].replace("2026-08-17", "the seventeenth")
    lines[24] = lines[24].replace(CANARY, f"\x07{CANARY}")
    lines[31] = lines[31].replace(CANARY, CANARY * 300)
    path.write_text("\n".join([*lines, lines[40].replace(CANARY, f"other{CANARY}", 1)]) + "\n", encoding="utf-8")


@pytest.mark.parametrize("ends", ["applied", "stopped", "unforeseen"])
def test_a_run_leaves_no_personal_data_in_logs_reports_or_records(
    town: Town, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], ends: str
) -> None:
    caplog.set_level(logging.DEBUG)
    first = marked(world())
    (path,) = town.deliver(first)
    spoil(path)
    assert town.sync(first.as_of).counts["quarantined"] > 4
    night = nights.evolve(first, seed=2, percent=10, kinds=("drop", "add"))
    town.deliver(night.world)
    if ends == "stopped":
        town.settle(limits=generous() | {"archive_percent": 0, "archive_rows": 0})
    if ends == "unforeseen":
        town.ask("alter table roster.users add constraint unforeseen check (run_id = 1)")
    with suppress(IntegrityError):  # the database's message quotes the row
        town.sync(night.world.as_of)
    printed: Any = capfd.readouterr()
    assert_no_personal_data(town, caplog.text + printed.out + printed.err)
