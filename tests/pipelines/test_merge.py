"""A plan is applied once, whole, without what is held; a plan from an older roster is refused."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from pipelines import applying, runs
from pipelines.errors import StalePlan
from pipelines.settings import load_district
from sandbox import nights, write
from tests import swift
from tests.exported import assert_roster_is
from tests.town import Town, world


def planned(town: Town, tmp_path: Path, *kinds: str) -> tuple[runs.Run, nights.Night]:
    night = nights.evolve(world(), seed=3, percent=5, kinds=kinds)
    (path,) = write.write(night.world, tmp_path / "export")
    return runs.load(swift.planned(town, path, night.world.as_of)), night


def test_what_was_planned_is_written_and_counted(synced: Town, tmp_path: Path) -> None:
    night, told = planned(synced, tmp_path, "add", "drop", "rename")
    counts = applying.apply(night, load_district(night.district_id))
    assert counts["applied.created"] == sum(n for (_, action), n in told.expected.items() if action == "create")
    assert counts["applied.archived"] == sum(n for (_, action), n in told.expected.items() if action == "archive")
    assert counts["applied.updated"] == sum(n for (_, action), n in told.expected.items() if action == "update")
    assert runs.load(night.run_id).status == "applied"
    assert synced.ask("select status from runs.imports where run_id = %s", night.run_id) == [("applied",)]
    assert_roster_is(synced, told.world)


def test_a_plan_from_an_older_roster_is_refused(synced: Town, tmp_path: Path) -> None:
    night, _ = planned(synced, tmp_path, "drop")
    other = runs.start(night.request)
    runs.finish(other, "applied")
    before = synced.dump()
    with pytest.raises(StalePlan):
        applying.apply(night, load_district(night.district_id))
    assert synced.dump() == before


def test_what_is_held_is_not_applied(synced: Town, tmp_path: Path) -> None:
    night, told = planned(synced, tmp_path, "drop", "rename")
    synced.ask("update work.changes set held = true where run_id = %s and action = 'archive'", night.run_id)
    counts = applying.apply(night, load_district(night.district_id))
    assert counts == {"applied.created": 0, "applied.updated": told.expected["users", "update"], "applied.archived": 0}
    assert synced.one("select count(*) from roster.users where status = 'archived'") == 0


def test_the_row_as_it_was_is_kept_with_the_nights_it_was_so(synced: Town, tmp_path: Path) -> None:
    night, told = planned(synced, tmp_path, "rename")
    rows = (
        "select user_id, family_name from roster.users where user_id in (select user_id from history.users) order by 1"
    )
    everybody = dict(synced.ask("select user_id, family_name from roster.users"))
    applying.apply(night, load_district(night.district_id))
    past = synced.ask("select user_id, family_name, valid_from, valid_to, ended_by from history.users order by 1")
    assert len(past) == told.expected["users", "update"]
    first = world().as_of
    for user_id, family_name, *validity in past:
        assert family_name == everybody[user_id]
        assert validity == [first, first + timedelta(days=1), night.run_id]
    assert all(name != everybody[user_id] for user_id, name in synced.ask(rows))
