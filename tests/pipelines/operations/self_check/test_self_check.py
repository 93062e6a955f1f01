"""The self-check finds by day what would stop a night."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from pipelines.operations.self_check import STALE, Check, check
from pipelines.settings import load_district
from sandbox import nights
from tests.town import FIRST, Town, world


def checked(town: Town, days: int = 0, **facts: Any) -> dict[str, Check]:
    town.settle(**facts)
    return {one.name: one for one in check(load_district(town.district_id), FIRST + timedelta(days=days))}


def test_every_check_passes_for_a_complete_district(synced: Town) -> None:
    synced.deliver(world())
    told = checked(synced, enabled=True)
    assert all(one.ok for one in told.values())
    assert told["source sis_file"].result == "1 files, 1,120 rows for 2026-09-01"
    assert "may archive classes" in told["settings of sis_file"].result
    assert told["enabled"].result == "yes"


def test_a_check_writes_nothing(synced: Town) -> None:
    synced.deliver(world())
    before = synced.dump("roster", "history", "runs", "work", "staging")
    checked(synced)
    assert synced.dump("roster", "history", "runs", "work", "staging") == before
    assert not (synced.folder / "landing").exists()


def test_a_missing_file_or_column_fails_the_check(synced: Town) -> None:
    assert "SOURCE_UNAVAILABLE" in checked(synced)["source sis_file"].result
    synced.deliver(world(), without=("student_id",))
    told = checked(synced)["source sis_file"]
    assert not told.ok
    assert "student_id" in told.result


def test_an_old_roster_fails_the_check_of_an_enabled_district(synced: Town) -> None:
    synced.deliver(nights.evolve(world(), seed=1, percent=0).world)
    assert checked(synced, STALE.days, enabled=True)["freshness"].ok
    late = checked(synced, STALE.days + 1, enabled=True)["freshness"]
    assert not late.ok
    assert "an expected import is missing" in late.result
    assert checked(synced, STALE.days + 1, enabled=False)["freshness"].ok


def test_without_a_warehouse_the_other_checks_still_run(synced: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    synced.deliver(world())
    monkeypatch.setenv("ROLLBOOK_WAREHOUSE_URL", "postgresql://me:secret@127.0.0.1:1/none")
    told = checked(synced)
    assert not told["warehouse"].ok
    assert "secret" not in told["warehouse"].result
    assert told["source sis_file"].ok
    assert "freshness" not in told


def test_an_unknown_layout_or_kind_of_source_fails_the_check(synced: Town) -> None:
    assert not checked(synced, sources=[synced.source(layout="pigeons")])["settings of sis_file"].ok
    assert not checked(synced, sources=[synced.source(kind="remote")])["source remote"].ok
