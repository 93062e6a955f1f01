"""A district's overview: the date of its roster, its nights, its schools and their sources."""

from __future__ import annotations

from datetime import timedelta

from pipelines.operations.pages import districts
from sandbox import nights
from tests.town import FIRST, Town, world


def test_a_district_before_its_first_night_has_nothing_to_show(town: Town) -> None:
    (told,) = districts.newest([town.district_id])
    assert (told["run_id"], told["describes"], told["holds"]) == (None, None, 0)
    assert (districts.nights(town.district_id), districts.schools(town.district_id)) == ([], [])


def test_each_district_has_its_newest_run_and_the_date_of_its_roster(synced: Town) -> None:
    failed = synced.sync(FIRST + timedelta(days=1))
    told = {one["district_id"]: one for one in districts.newest([synced.district_id, "elsewhere"])}
    here = told[synced.district_id]
    assert (here["run_id"], here["status"], here["code"]) == (failed.run_id, "failed", "SOURCE_UNAVAILABLE")
    assert here["describes"] == FIRST
    assert told["elsewhere"]["run_id"] is None


def test_nights_are_ordered_with_counts_of_received_and_changed_rows(synced: Town) -> None:
    night = nights.evolve(world(), seed=6, percent=5, kinds=("rename",))
    applied = synced.night(night.world)
    synced.sync(night.world.as_of)
    told = districts.nights(synced.district_id)
    assert [one["status"] for one in told] == ["applied", "applied", "unchanged"]
    assert [one["as_of"] for one in told] == [FIRST, night.world.as_of, night.world.as_of]
    assert told[1]["changed"] == applied.counts["planned"] > 0
    assert told[0]["received"] == told[1]["received"] > 0


def test_each_school_has_its_counts_and_sources(synced: Town) -> None:
    synced.ask(
        "insert into roster.users (district_id, user_id, role, school_ids, origin, status, as_of)"
        " select district_id, gen_random_uuid(), 'student', array[school_id], 'local', 'active', as_of"
        " from roster.schools order by name limit 1 returning user_id::text"
    )
    told = districts.schools(synced.district_id)
    assert len(told) == 3
    assert {tuple(one["sources"]) for one in told} == {("sis_file",)}
    assert {one["last_import"] for one in told} == {FIRST}
    assert [one["local"] for one in told] == [1, 0, 0]
    assert sum(one["students"] for one in told) == 161
    assert all(one["classes"] and one["staff"] for one in told)
