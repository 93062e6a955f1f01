"""The last check is stored for those who read it without asking a source."""

from __future__ import annotations

from pipelines.operations.self_check import examine, facts, last_check
from pipelines.settings import load_district
from pipelines.sources.resolved_settings import version
from tests.town import FIRST, Town, world


def test_the_last_check_is_stored_with_its_settings_version(town: Town) -> None:
    assert last_check.last(town.district_id) is None
    town.deliver(world())
    district = load_district(town.district_id)
    checked = examine(district, FIRST)
    kept = last_check.last(town.district_id)
    assert kept is not None
    assert kept["version"] == version(district)
    told = facts(district, checked)
    assert {name: kept[name] for name in told} == told


def test_a_later_check_replaces_the_stored_one(town: Town) -> None:
    examine(load_district(town.district_id), FIRST)
    first = last_check.last(town.district_id)
    town.settle(name="Another name")
    examine(load_district(town.district_id), FIRST)
    second = last_check.last(town.district_id)
    assert first is not None
    assert second is not None
    assert second["version"] != first["version"]
    assert second["at"] > first["at"]
