"""The resolved settings have a version, and each run records the version that it started with."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pipelines import runs
from pipelines.operations.undo import undo_run
from pipelines.report import run_report
from pipelines.settings import load_district
from pipelines.sources.resolved_settings import effective, version
from sandbox import nights
from tests.town import FIRST, Town, world


def test_resolved_settings_have_every_default_and_a_version(town: Town) -> None:
    town.settle()
    before = load_district(town.district_id)
    settings: Any = effective(before)
    assert settings["extract_tries"] == 7
    assert settings["sources"][0]["class_key"] == ["class_id"]  # the kind's own
    town.settle(extract_tries=3)
    assert version(load_district(town.district_id)) != version(before)


def test_a_run_and_its_undo_record_the_version_of_their_settings(town: Town) -> None:
    town.settle()
    first = version(load_district(town.district_id))
    town.night(world())
    town.settle(extract_tries=3)
    second = version(load_district(town.district_id))
    changed = town.night(nights.evolve(world(), seed=6, percent=5, kinds=("rename",)).world)
    undo_run(changed.run_id, "admin")
    assert [one["settings"] for one in runs.recent(town.district_id)] == [second, second, first]
    assert run_report.facts(runs.load(1))["settings"] == first
    assert runs.load(changed.run_id).as_of == FIRST + timedelta(days=1)
