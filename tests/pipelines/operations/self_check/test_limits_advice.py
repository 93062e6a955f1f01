"""Advice on limits, from the changes of recent nights."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipelines.operations.self_check import limits_advice
from pipelines.settings import Limits, load_district
from sandbox import nights
from tests.town import Town, first_night, world


def test_there_is_no_advice_before_a_night_has_changed_anything(town: Town) -> None:
    assert limits_advice.advice(load_district(town.district_id)).result == "no night has changed anything yet"


def three_nights(town: Town) -> None:
    """What has happened to `used`."""
    current = world()
    town.settle()
    for seed in range(3):
        current = nights.evolve(current, seed=seed, percent=3, kinds=("drop",)).world
        assert town.night(current).status == "applied"


@pytest.fixture
def used(after: Callable[..., Town]) -> Town:
    """A district with three nights of changes; three are enough here to be usual."""
    here = after(first_night, three_nights)
    here.settle()
    return here


def test_the_largest_share_is_shown_with_the_limit(used: Town) -> None:
    found = limits_advice.advice(load_district(used.district_id))
    assert "archive: at most" in found.result
    assert "limit 100 %" in found.result
    assert not found.warning  # of so few nights nothing is concluded


@pytest.mark.parametrize(("limit", "advised"), [(100.0, True), (0.1, True), (10.0, False)])
def test_a_limit_far_from_the_usual_share_is_a_warning(
    used: Town, limit: float, advised: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits_advice, "_LEAST_NIGHTS", 3)
    limits = Limits(archive_percent=limit, create_percent=3, update_percent=3)
    found = limits_advice.advice(load_district(used.district_id).model_copy(update={"limits": limits}))
    assert found.warning is advised
    assert ("archive_percent:" in found.fix) is advised
