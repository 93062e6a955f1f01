"""Fixtures of every test that needs a warehouse: a real server, a fresh database, a district with a drop folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import warehouse as postgresql
from tests.town import Town
from tests.warehouse import Server


@pytest.fixture(scope="session")
def server_18() -> Iterator[Server]:
    """The newest supported PostgreSQL, one per test process, with a migrated template."""
    with postgresql.newest() as server:
        postgresql.prepare(server)
        yield server


@pytest.fixture(scope="session")
def server_15() -> Iterator[Server]:
    """The oldest supported PostgreSQL, one per test process, with a migrated template."""
    with postgresql.oldest() as server:
        postgresql.prepare(server)
        yield server


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Server:
    """A server: the newest, unless the test is parametrised with a version."""
    chosen: Server = request.getfixturevalue(f"server_{getattr(request, 'param', 18)}")
    return chosen


@pytest.fixture
def warehouse(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A migrated, empty warehouse that Rollbook's environment points to; everything else it writes is in tmp_path."""
    from pipelines.store.engine import dispose

    with postgresql.database(server, "night") as url:
        monkeypatch.setenv("ROLLBOOK_WAREHOUSE_URL", url)
        for name in ("HOME", "LANDING", "CONFIG", "REPORTS"):
            monkeypatch.setenv(f"ROLLBOOK_{name}", str(tmp_path / name.lower()))
        yield url
        dispose()


@pytest.fixture
def town(warehouse: str, tmp_path: Path) -> Town:
    """A district with settings, in which nothing has been synced yet."""
    here = Town(tmp_path, warehouse)
    here.settle()
    return here
