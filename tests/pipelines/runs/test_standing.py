"""A run is `unchanged` only if the roster reflects its snapshot wholly. All else leads to a new plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from pipelines import runs
from pipelines.errors import HoldRequired
from pipelines.operations.approval import approve
from pipelines.operations.undo import undo_run
from pipelines.review import holds
from pipelines.runs.request import Decision
from sandbox import nights
from sandbox.district import World
from tests.exported import assert_roster_is
from tests.town import Told, Town, first_night, generous, world

SHE = Decision("the registrar", "it is meant")
STRICT = generous() | {"archive_percent": 0, "archive_rows": 0}
DAY = timedelta(days=1)
BASE = world()
DROPPED = nights.evolve(BASE, seed=6, percent=20, kinds=("drop",)).world


def at(night: World, as_of: date) -> World:
    """The same export, delivered for another date."""
    return replace(night, as_of=as_of)


def held_night(town: Town) -> None:
    """What has happened to `held`: the second night's departures need approval."""
    town.settle(limits=STRICT)
    assert isinstance(town.night(DROPPED).error, HoldRequired)


@pytest.fixture
def held(after: Callable[..., Town]) -> Town:
    """The district after a night whose departures are held."""
    here = after(first_night, held_night)
    here.settle(limits=STRICT)
    return here


def newest(town: Town) -> runs.Run:
    return runs.load(runs.recent(town.district_id, 1)[0]["run_id"])


def test_a_night_that_was_applied_wholly_is_recorded_and_its_bytes_are_unchanged(synced: Town) -> None:
    assert synced.ask("select source_n, run_id, as_of from runs.standing") == [(0, 1, BASE.as_of)]
    assert synced.night(at(BASE, BASE.as_of + DAY)).status == "unchanged"
    assert synced.ask("select source_n, run_id, as_of from runs.standing") == [(0, 1, BASE.as_of)]


def test_a_night_of_which_a_part_is_held_is_planned_again_whatever_its_bytes(held: Town) -> None:
    assert held.ask("select * from runs.standing") == []
    before = newest(held)
    again = held.night(at(DROPPED, DROPPED.as_of + DAY))
    assert (again.status, again.code, type(again.error)) == ("applied", "HOLD_REQUIRED", HoldRequired)
    assert {hold["status"] for hold in holds.of_run(before)} == {"stale"}
    approve(again.run_id, SHE)
    assert_roster_is(held, DROPPED)


def test_after_the_approval_of_all_holds_the_same_bytes_are_unchanged(held: Town) -> None:
    night = newest(held)
    first, *_ = holds.of_run(night)
    approve(night.run_id, replace(SHE, holds=(first["hold_n"],)))
    assert held.ask("select * from runs.standing") == []
    approve(night.run_id, SHE)
    assert held.ask("select run_id from runs.standing") == [(night.run_id,)]
    assert held.night(at(DROPPED, DROPPED.as_of + DAY)).status == "unchanged"


def test_after_a_rejection_the_same_bytes_ask_again(held: Town) -> None:
    holds.reject(newest(held), SHE)
    assert held.night(at(DROPPED, DROPPED.as_of + DAY)).code == "HOLD_REQUIRED"
    holds.reject(newest(held), SHE)
    assert held.sync(DROPPED.as_of + DAY).code == "HOLD_REQUIRED"  # also the same date once more


def test_what_a_window_left_out_is_planned_once_the_window_is_over(synced: Town) -> None:
    window = {"from": DROPPED.as_of.isoformat(), "to": DROPPED.as_of.isoformat(), "mode": "additions_only"}
    synced.settle(windows=[window])
    assert synced.night(DROPPED).status == "applied"
    assert synced.ask("select * from runs.standing") == []
    assert synced.night(at(DROPPED, DROPPED.as_of + DAY)).status == "applied"
    assert_roster_is(synced, DROPPED)


def brought_and_confirmed(town: Town) -> tuple[Told, World]:
    """A second night that brings students, and a third whose file names them too; the second's run."""
    added = nights.evolve(BASE, seed=4, percent=8, kinds=("add",)).world
    second = town.night(added)
    third = nights.evolve(added, seed=5, percent=10, kinds=("period",)).world
    assert town.night(third).status == "applied"
    return second, third


def test_after_the_undo_of_an_older_night_the_newest_bytes_bring_back_whom_they_name(synced: Town) -> None:
    second, third = brought_and_confirmed(synced)
    undo_run(second.run_id, "she")
    assert synced.night(at(third, third.as_of + DAY)).status == "applied"
    assert_roster_is(synced, third)


def test_after_the_undo_of_a_late_night_the_newest_bytes_bring_back_whom_they_name(synced: Town) -> None:
    added = nights.evolve(BASE, seed=4, percent=8, kinds=("add",)).world
    third = at(nights.evolve(added, seed=5, percent=10, kinds=("period",)).world, added.as_of + DAY)
    assert synced.night(third).status == "applied"
    late = synced.night(added)
    assert_roster_is(synced, third)
    undo_run(late.run_id, "she")
    assert synced.night(at(third, third.as_of + DAY)).status == "applied"
    assert_roster_is(synced, third)


def test_a_late_night_leaves_the_newest_nights_holds_open_as_they_would_be_now(after: Callable[..., Town]) -> None:
    town = after(first_night)
    town.settle(limits=STRICT)
    newer = at(DROPPED, DROPPED.as_of + DAY)
    night = town.night(newer)
    assert isinstance(night.error, HoldRequired)
    late = nights.evolve(BASE, seed=8, percent=5, kinds=("rename",)).world
    assert town.night(late).status == "applied"
    found = holds.of_run(runs.load(night.run_id))
    assert {hold["status"] for hold in found} == {"open"}
    approve(night.run_id, replace(SHE, digest=holds.digest_of(found)))
    assert_roster_is(town, newer)


def test_after_a_late_night_the_newest_bytes_are_planned_again(synced: Town) -> None:
    newer = at(DROPPED, DROPPED.as_of + DAY)
    assert synced.night(newer).status == "applied"
    assert synced.night(at(BASE, BASE.as_of + DAY)).status == "applied"
    assert synced.ask("select * from runs.standing") == []
    assert synced.night(at(newer, newer.as_of + DAY)).status == "applied"
    assert synced.night(at(newer, newer.as_of + 2 * DAY)).status == "unchanged"


def test_the_undo_of_an_older_night_leads_the_newest_night_to_ask_again(synced: Town) -> None:
    renamed = nights.evolve(BASE, seed=8, percent=5, kinds=("rename",)).world
    second = synced.night(renamed)
    synced.settle(limits=STRICT)
    third = nights.evolve(renamed, seed=6, percent=20, kinds=("drop",)).world
    assert synced.night(third).code == "HOLD_REQUIRED"
    undo_run(second.run_id, "she")
    again = synced.night(at(third, third.as_of + DAY))
    assert again.code == "HOLD_REQUIRED"
    approve(again.run_id, SHE)
    assert_roster_is(synced, third)


@pytest.mark.parametrize("kind", ["drop", "add", "rename", "move"])
def test_the_undo_of_an_approval_opens_its_holds_again_and_they_can_be_approved(synced: Town, kind: str) -> None:
    synced.settle(limits=dict.fromkeys(generous(), 0))
    told = nights.evolve(BASE, seed=6, percent=20, kinds=(kind,)).world
    night = runs.load(synced.night(told).run_id)
    before = synced.ask("select entity, action, planned, status from runs.holds order by hold_n")
    approval = approve(night.run_id, SHE)[0].run_id
    undo_run(approval, "she")
    assert synced.ask("select entity, action, planned, status from runs.holds order by hold_n") == before
    assert runs.load(night.run_id).code == "HOLD_REQUIRED"
    approve(night.run_id, SHE)
    assert_roster_is(synced, told)


def test_an_undone_approval_that_is_in_force_again_has_its_holds_approved(synced: Town) -> None:
    synced.settle(limits=dict.fromkeys(generous(), 0))
    told = nights.evolve(BASE, seed=6, percent=20, kinds=("drop", "add")).world
    night = runs.load(synced.night(told).run_id)
    newest = approve(night.run_id, SHE)[0].run_id
    for _ in range(2):
        newest = undo_run(newest, "she")[0].run_id
        assert {hold["status"] for hold in holds.of_run(night)} == {"open"}
        newest = undo_run(newest, "she")[0].run_id
        assert {hold["status"] for hold in holds.of_run(night)} == {"approved"}
        assert runs.load(night.run_id).code is None
        assert_roster_is(synced, told)


def test_the_undo_of_an_approval_leaves_the_other_holds_open(held: Town) -> None:
    night = newest(held)
    first, *others = holds.of_run(night)
    assert others
    approval = approve(night.run_id, replace(SHE, holds=(first["hold_n"],)))[0].run_id
    undo_run(approval, "she")
    assert {hold["status"] for hold in holds.of_run(night)} == {"open"}
    approve(night.run_id, SHE)
    assert_roster_is(held, DROPPED)


def test_the_undo_of_an_approval_that_a_newer_night_overtook_opens_nothing(held: Town) -> None:
    night = newest(held)
    approval = approve(night.run_id, SHE)[0].run_id
    held.settle()
    later = nights.evolve(DROPPED, seed=9, percent=2, kinds=("rename",)).world
    assert held.night(later).status == "applied"
    undo_run(approval, "she")
    assert {hold["status"] for hold in holds.of_run(night)} == {"approved"}
    assert held.night(at(later, later.as_of + DAY)).status == "applied"
    assert_roster_is(held, later)


def test_an_unchanged_night_drops_what_a_killed_run_left_in_staging(synced: Town) -> None:
    synced.ask("select staging.open_run(1, 0)")
    assert synced.night(at(BASE, BASE.as_of + DAY)).status == "unchanged"
    left = "select count(*) from pg_tables where schemaname = 'staging' and right(tablename, 6) = '_r1_s0'"
    assert synced.one(left) == 0


def test_staged_rows_of_a_held_night_survive_a_crash_of_the_server(held: Town) -> None:
    logged = "select distinct relpersistence::text from pg_class where right(relname, 6) = '_r2_s0' and relkind = 'r'"
    assert held.ask(logged) == [("p",)]
