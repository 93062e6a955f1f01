"""Migrations are applied once, in order, by one process; a changed migration is refused."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from psycopg.errors import ExclusionViolation

from pipelines.errors import ContractBroken
from pipelines.store import migrate as migrations
from pipelines.store.engine import dispose
from pipelines.store.migrate import migrate, pending
from tests import warehouse as postgresql
from tests.warehouse import BOTH, Server

ALL = sorted(path.name for path in (migrations.SQL / "migrations").glob("*.sql"))


@pytest.fixture
def bare(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Create a database without any object of Rollbook."""
    with postgresql.database(server, "bare", "template1") as url:
        monkeypatch.setenv("ROLLBOOK_WAREHOUSE_URL", url)
        yield url
        dispose()


@BOTH
def test_migrate_applies_all_migrations_in_order_and_none_a_second_time(bare: str) -> None:
    assert len(ALL) >= 3
    assert pending() == ALL
    assert migrate() == ALL
    assert pending() == []
    before = postgresql.dump(bare, "runs", "roster", "history", "staging", "work", "gradebook")
    assert migrate() == []
    assert postgresql.dump(bare, "runs", "roster", "history", "staging", "work", "gradebook") == before


def test_migrations_are_numbered_without_gaps() -> None:
    assert [int(name[:4]) for name in ALL] == list(range(1, len(ALL) + 1))


def test_two_processes_that_migrate_at_once_apply_each_migration_once(bare: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: migrate(), range(2)))
    assert sorted(done) == [[], ALL]


def test_a_migration_that_was_changed_after_it_was_applied_is_refused(
    bare: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(migrations.SQL / "migrations", tmp_path / "migrations")
    monkeypatch.setattr(migrations, "SQL", tmp_path)
    migrate()
    with (tmp_path / "migrations" / ALL[0]).open("a", encoding="utf-8") as file:
        file.write("-- an afterthought\n")
    with pytest.raises(ContractBroken, match="changed after it was applied") as refused:
        migrate()
    assert refused.value.place.file == ALL[0]


def test_a_failed_migration_changes_nothing(bare: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "0001_half.sql").write_text("create table runs.half (n integer);\nselect 1/0;\n", encoding="utf-8")
    monkeypatch.setattr(migrations, "SQL", tmp_path)
    with pytest.raises(Exception, match="division by zero"):
        migrate()
    assert postgresql.ask(bare, "select to_regclass('runs.half'), to_regclass('runs.migrations')") == [(None, None)]


def test_the_database_refuses_two_versions_of_a_row_at_a_time(warehouse: str) -> None:
    version = """
        insert into history.terms (district_id, term_id, title, origin, status, as_of, valid_from, valid_to, ended_by)
        values ('d', '00000000-0000-8000-8000-000000000001', 'Fall', 'synced', 'active', %s, %s, %s, 1)
    """
    postgresql.ask(warehouse, version, "2026-09-01", "2026-09-01", "2026-09-10")
    postgresql.ask(warehouse, version, "2026-09-10", "2026-09-10", "2026-09-12")
    postgresql.ask(warehouse, version, "2026-09-05", "2026-09-05", "2026-09-05")  # valid on no date
    with pytest.raises(ExclusionViolation):
        postgresql.ask(warehouse, version, "2026-09-09", "2026-09-09", "2026-09-11")
