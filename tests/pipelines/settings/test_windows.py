"""Windows: the dates on which a district's sync does less."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from pipelines.errors import SettingsInvalid
from pipelines.settings import load_district
from pipelines.settings.windows import mode_on
from sandbox import nights
from tests.town import Town, world

HOLIDAYS = {"from": "2026-09-01", "to": "2026-09-03", "mode": "blackout"}
SECOND = nights.evolve(world(), seed=2, percent=5).world
QUIET = {"from": str(SECOND.as_of), "to": str(SECOND.as_of), "mode": "blackout"}
ADDITIONS = {"from": "2026-09-03", "to": "2026-09-30", "mode": "additions_only"}


@pytest.mark.parametrize(
    ("day", "mode"),
    [
        ("2026-08-31", None),
        ("2026-09-01", "blackout"),
        ("2026-09-03", "blackout"),  # the stricter of two
        ("2026-09-04", "additions_only"),
        ("2026-09-30", "additions_only"),
        ("2026-10-01", None),
    ],
)
def test_a_window_includes_both_its_ends_and_a_blackout_takes_precedence(
    town: Town, day: str, mode: str | None
) -> None:
    town.settle(windows=[ADDITIONS, HOLIDAYS])
    assert mode_on(load_district(town.district_id), date.fromisoformat(day)) == mode


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"to": "2026-08-01"}, "the window ends before it begins"),
        ({"mode": "quiet"}, "mode"),
        ({"until": "2026-09-02"}, "until: unknown key"),
    ],
)
def test_an_invalid_window_is_refused(town: Town, wrong: dict[str, Any], message: str) -> None:
    town.settle(windows=[HOLIDAYS | wrong])
    with pytest.raises(SettingsInvalid, match=message):
        load_district(town.district_id)


def test_a_run_in_a_blackout_lands_its_snapshot_and_changes_nothing(synced: Town) -> None:
    synced.settle(windows=[QUIET])
    before = synced.dump("roster", "history")
    night = synced.night(SECOND)
    assert (night.status, night.code) == ("skipped", "BLACKOUT")
    assert synced.dump("roster", "history") == before
    landed = synced.one("select landing from runs.imports where run_id = %s and status = 'received'", night.run_id)
    assert f"/{SECOND.as_of}/" in landed


def test_the_first_run_after_a_blackout_applies_the_landed_file(synced: Town) -> None:
    synced.settle(windows=[QUIET])
    synced.night(SECOND)
    synced.settle()
    night = synced.sync(SECOND.as_of)  # the same file as was landed in the blackout
    assert night.status == "applied"
    assert night.counts["planned"]


def test_a_run_that_only_plans_is_allowed_in_a_blackout(synced: Town) -> None:
    synced.settle(windows=[QUIET])
    synced.deliver(SECOND)
    assert synced.sync(SECOND.as_of, plan_only=True).status == "planned"
