"""The server crashes while holds are open: PostgreSQL empties unlogged tables, and the holds can still be approved."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import psycopg
import pytest

from pipelines.errors import HoldRequired
from pipelines.operations.approval import approve
from pipelines.runs.request import Decision
from sandbox import nights
from tests import warehouse
from tests.exported import assert_roster_is
from tests.town import Town, generous, world
from tests.warehouse import Server

pytestmark = pytest.mark.slow


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of the test's own, since a crash ends every session on it."""
    with warehouse.newest() as own:
        warehouse.prepare(own)
        yield own


def crash(town: Town) -> None:
    """Kill a backend: the server ends all sessions, recovers from its log and empties unlogged tables."""
    town.ask("checkpoint")  # servers of tests commit without waiting for the disk
    with warehouse.connect(town.warehouse) as connection:
        os.kill(connection.info.backend_pid, signal.SIGKILL)
    for _ in range(100):
        try:
            town.one("select 1")
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the server did not recover")


@pytest.mark.parametrize("kind", ["rename", "add", "drop"])
def test_held_changes_are_approved_after_a_crash_of_the_server(town: Town, kind: str) -> None:
    assert town.night(world()).status == "applied"
    town.settle(limits=dict.fromkeys(generous(), 0))
    night = nights.evolve(world(), seed=6, percent=20, kinds=(kind,)).world
    told = town.night(night)
    assert isinstance(told.error, HoldRequired)
    town.ask("create unlogged table public.lost as select 1 as n")
    crash(town)
    assert town.one("select count(*) from public.lost") == 0
    approve(told.run_id, Decision("she"))
    assert_roster_is(town, night)
