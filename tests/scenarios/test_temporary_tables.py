"""Each temporary table and view of a transaction is declared, and each declared one is used."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, event

from pipelines.operations import approval, switch
from pipelines.operations.undo import undo_run
from pipelines.report import students
from pipelines.runs.request import Decision
from pipelines.settings import load_district
from pipelines.store.engine import transaction
from pipelines.store.statements import execute
from sandbox import nights
from tests import swift
from tests.declared import made_by, tables, views
from tests.town import FIRST, Town, generous, world

PLAN = made_by("create_scope", "create_plan")
STRICT = generous() | {"archive_percent": 0, "archive_rows": 0}
_NAMES = (
    "select relname from pg_class where relnamespace = pg_my_temp_schema() and relkind in ('r', 'v', 'm', 'p', 'S')"
)

Seen = set[str]


@pytest.fixture
def seen() -> Iterator[Seen]:
    """Record every temporary table and view that exists when a transaction ends."""
    found: Seen = set()

    def record(connection: Connection) -> None:
        if connection.connection.driver_connection.info.transaction_status == TransactionStatus.INTRANS:
            found.update(connection.exec_driver_sql(_NAMES).scalars())

    for ending in ("commit", "rollback"):
        event.listen(sqlalchemy.Engine, ending, record)
    yield found
    for ending in ("commit", "rollback"):
        event.remove(sqlalchemy.Engine, ending, record)


def undeclared(seen: Seen) -> Seen:
    return seen - tables().keys() - views().keys()


def test_a_run_with_rekeys_creates_only_declared_temporary_tables(synced: Town, seen: Seen) -> None:
    changed = nights.evolve(world(), seed=4, percent=5, kinds=("renumber", "reissue"))
    assert synced.night(changed.world).code == "HOLD_REQUIRED"
    assert undeclared(seen) == set()
    assert seen == PLAN | views().keys()


def test_an_approval_creates_only_declared_temporary_tables(synced: Town, seen: Seen) -> None:
    synced.settle(limits=STRICT)
    night = synced.night(nights.evolve(world(), seed=6, percent=20, kinds=("drop",)).world)
    seen.clear()
    approval.approve(night.run_id, Decision("the registrar"))
    assert undeclared(seen) == set()
    assert seen & tables().keys() == made_by("create_scope")


def test_a_late_arriving_run_of_several_sources_creates_only_declared_temporary_tables(town: Town, seen: Seen) -> None:
    layouts = ("staff", "students", "combined")
    town.settle(sources=[town.source(layout) for layout in layouts])
    worlds = [world()]
    for number in range(1, 4):
        worlds.append(nights.evolve(worlds[-1], seed=number, percent=5).world)
    for then in worlds:
        for layout in layouts:
            town.deliver(then, layout)
    for then in (worlds[0], worlds[2], worlds[3]):
        assert town.sync(then.as_of).status == "applied"
    seen.clear()
    late = town.sync(worlds[1].as_of)
    assert (late.status, late.counts["applied_again"] > 0) == ("applied", True)
    assert undeclared(seen) == set()
    assert seen & tables().keys() == PLAN | made_by("create_late_run")


def test_an_undo_and_its_undo_create_only_declared_temporary_tables(synced: Town, seen: Seen) -> None:
    changed = synced.night(nights.evolve(world(), seed=4, percent=8).world)
    seen.clear()
    undoing = undo_run(changed.run_id, "the registrar")[0].run_id
    assert seen & tables().keys() == made_by("create_undo")
    undo_run(undoing, "the registrar")
    assert undeclared(seen) == set()


def test_a_comparison_before_a_switch_creates_only_declared_temporary_tables(synced: Town, seen: Seen) -> None:
    synced.deliver(world(), "sds_v21")
    synced.settle(candidates=[synced.source("sds_v21")])
    seen.clear()
    switch.compare(load_district(synced.district_id), "sis_file", FIRST)
    assert undeclared(seen) == set()
    assert seen & tables().keys() == PLAN


def test_a_student_report_creates_only_declared_temporary_tables(synced: Town, seen: Seen) -> None:
    then = nights.evolve(world(), seed=4, percent=5).world
    (path,) = synced.deliver(then)
    night = swift.sync(synced, path, then.as_of)
    synced.ask("update runs.imports set source = 'canvas' where run_id = %s returning run_id", night.run_id)
    seen.clear()
    students.record(night)
    assert undeclared(seen) == set()
    assert seen & tables().keys() == made_by("create_students")


def test_drop_source_drops_the_temporary_tables_of_a_plan_only(warehouse: str, seen: Seen) -> None:
    with transaction() as connection:
        for name in ("create_scope", "create_plan", "create_late_run", "create_undo", "create_students", "drop_source"):
            execute(connection, f"store/temporary_tables.{name}")
    assert seen == tables().keys() - PLAN
