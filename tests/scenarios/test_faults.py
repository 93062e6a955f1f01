"""Killed processes, broken connections, unreachable servers: the roster is the old one or the new one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from pipelines import roster
from pipelines.errors import RollbookError, RunEnded, StalePlan, WarehouseUnavailable
from pipelines.runs.request import NightRequest
from pipelines.store.engine import dispose
from sandbox import nights
from tests import killing, swift, warehouse
from tests.exported import assert_roster_is
from tests.town import Town, world
from tests.warehouse import BOTH, Dump, Server

BEFORE_MERGE = roster.STEPS[: roster.STEPS.index("merge")]


def evolved() -> nights.Night:
    """Return a night on which every statement of a merge changes rows."""
    return nights.evolve(world(), seed=5, percent=8, kinds=("add", "drop", "move", "rename", "period", "rekey"))


def reviewed(town: Town, night: nights.Night) -> int:
    """Perform the steps of a run up to merge; return the run's number."""
    town.deliver(night.world)
    run_id = roster.start(NightRequest(district_id=town.district_id, as_of=night.world.as_of))
    for step in BEFORE_MERGE:
        roster.perform(step, run_id)
    return run_id


@pytest.fixture
def victims(server: Server, synced: Town, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Town]]:
    """Return a function that gives the district with a fresh copy of its warehouse at each call."""
    made: list[Any] = []

    def copy() -> Town:
        dispose()
        if not made:
            warehouse.end_sessions(server, "night")
        for last in made:
            last.__exit__(None, None, None)
        made[:] = [warehouse.database(server, "victim", "night")]
        url = made[0].__enter__()
        monkeypatch.setenv("ROLLBOOK_WAREHOUSE_URL", url)
        return Town(synced.folder, url)

    yield copy
    for last in made:
        last.__exit__(None, None, None)


def moments(server: Server, statements: int) -> list[int]:
    """Return the numbers of some statements, different on each server, and of the last statement."""
    first, step = (1, 3) if server.version == warehouse.NEWEST else (2, 5)
    return sorted({*range(first, statements + 1, step), statements})


def wait_for_the_end_of_sessions(server: Server, name: str) -> None:
    """Wait until the server has noticed that a client died."""
    deadline = time.monotonic() + 60
    open_ones = f"select count(*) from pg_stat_activity where datname = '{name}'"
    while warehouse.ask(server.url, open_ones) != [(0,)]:
        assert time.monotonic() < deadline
        time.sleep(0.01)


@BOTH
def test_a_killed_merge_leaves_the_old_or_the_new_roster_and_a_rerun_completes_it(
    server: Server, synced: Town, victims: Callable[[], Town]
) -> None:
    run_id = reviewed(synced, evolved())
    old = synced.dump()
    whole = victims()
    statements = killing.perform("merge", run_id)
    new = whole.dump()
    assert statements is not None
    assert statements > 30
    assert new != old

    def is_new_after(number: int) -> bool:
        victim = victims()
        assert killing.perform("merge", run_id, die_before=number) is None
        wait_for_the_end_of_sessions(server, "victim")
        left = victim.dump()
        assert left in (old, new), f"killed before statement {number}"
        roster.perform("merge", run_id)
        assert victim.dump() == new, f"rerun after statement {number}"
        return left == new

    seen = {number: is_new_after(number) for number in moments(server, statements)}
    assert {*seen.values()} == {False, True}
    about_the_commit = range(max(number for number in seen if not seen[number]) + 1, statements)
    seen |= {number: is_new_after(number) for number in about_the_commit if number not in seen}
    assert [seen[number] for number in sorted(seen)] == sorted(
        seen.values()
    )  # the old roster until the commit, then the new one


def test_the_next_sync_after_a_killed_merge_applies_the_night(victims: Callable[[], Town], synced: Town) -> None:
    night = evolved()
    run_id = reviewed(synced, night)
    for number in (3, 20):
        victim = victims()
        assert killing.perform("merge", run_id, die_before=number) is None
        synced_again = victim.sync(night.world.as_of)
        assert (synced_again.status, synced_again.error) == ("applied", None)
        assert synced_again.planned == night.expected
        assert_roster_is(victim, night.world)


def test_a_run_whose_tasks_are_killed_and_retried_is_applied(synced: Town) -> None:
    night = evolved()
    synced.deliver(night.world)
    run_id = roster.start(NightRequest(district_id=synced.district_id, as_of=night.world.as_of))
    for step in ("extract", "validate", "plan", "review", "merge"):
        if step == "plan":
            roster.perform("stage", run_id)
        assert killing.perform(step, run_id, die_before=4) is None
        roster.perform(step, run_id)
    assert roster.perform("audit", run_id).status == "applied"
    assert_roster_is(synced, night.world)


@contextmanager
def breaking_before(server: Server, number: int) -> Iterator[None]:
    """End every session on the warehouse before a chosen statement, as a restarting server does."""
    passed = 0

    def cut(*_: Any) -> None:
        nonlocal passed
        passed += 1
        if passed == number:
            warehouse.end_sessions(server, "night")

    event.listen(Engine, "before_cursor_execute", cut)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", cut)


@pytest.mark.parametrize("number", [2, 15, 33])
def test_a_broken_connection_during_a_merge_changes_nothing_and_the_merge_can_be_retried(
    server: Server, synced: Town, number: int
) -> None:
    night = evolved()
    run_id = reviewed(synced, night)
    before = synced.dump()
    with breaking_before(server, number), pytest.raises(WarehouseUnavailable):
        roster.perform("merge", run_id)
    assert synced.dump() == before
    assert roster.perform("merge", run_id).status == "applied"
    assert_roster_is(synced, night.world)


def test_of_two_concurrent_runs_of_one_date_the_newer_is_applied_and_the_older_is_stale(synced: Town) -> None:
    night = evolved()
    older, newer = reviewed(synced, night), reviewed(synced, night)
    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(_merged, (older, newer)))
    assert isinstance(ends[0], RunEnded)
    assert ends[1] == "applied"
    assert_roster_is(synced, night.world)
    assert synced.ask("select status, code from runs.runs where run_id > 1 order by run_id") == [
        ("stopped", "STALE_PLAN"),
        ("applied", None),
    ]
    assert synced.sync(night.world.as_of).status == "unchanged"


def _merged(run_id: int) -> str | RollbookError:
    try:
        return roster.perform("merge", run_id).status
    except RollbookError as error:
        return error


@pytest.mark.parametrize("step", ["plan", "merge"])
def test_a_step_retried_after_a_newer_run_was_applied_is_stale(server: Server, synced: Town, step: str) -> None:
    night = evolved()
    synced.deliver(night.world)
    slow = roster.start(NightRequest(district_id=synced.district_id, as_of=night.world.as_of))
    for before in roster.STEPS[: roster.STEPS.index(step)]:
        roster.perform(before, slow)
    with breaking_before(server, 3), pytest.raises(WarehouseUnavailable):
        roster.perform(step, slow)
    assert synced.sync(night.world.as_of).status == "applied"
    whole: Dump = synced.dump()
    with pytest.raises(StalePlan):
        roster.perform(step, slow)
    assert synced.dump() == whole
    assert synced.one("select status || code from runs.runs where run_id = %s", slow) == "stoppedSTALE_PLAN"


def test_concurrent_syncs_of_one_district_leave_a_correct_roster(synced: Town) -> None:
    night = evolved()
    (path,) = synced.deliver(night.world)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: _swiftly(synced, path, night), range(3)))
    swift.sync(synced, path, night.world.as_of)
    assert_roster_is(synced, night.world)


def _swiftly(town: Town, path: Path, night: nights.Night) -> None:
    try:
        swift.sync(town, path, night.world.as_of)
    except (StalePlan, RunEnded):
        return


def test_an_unreachable_warehouse_raises_warehouse_unavailable(synced: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLLBOOK_WAREHOUSE_URL", "postgresql://rollbook@127.0.0.1:1/rollbook")
    with pytest.raises(WarehouseUnavailable) as raised:
        roster.start(NightRequest(district_id=synced.district_id, as_of=world().as_of))
    assert "rollbook@" not in str(raised.value)
