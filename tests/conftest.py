"""Fixtures of every test that needs a warehouse: a real server, a fresh database, a district with a drop folder."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests import warehouse as postgresql
from tests.town import Town, world
from tests.warehouse import Server

# The same examples each time, so that a change is judged by what was judged before it; others are looked for with
# `pytest --hypothesis-profile explore`.
settings.register_profile("gate", derandomize=True, database=None)
settings.register_profile("explore", print_blob=True)
settings.load_profile("gate")

Story = Callable[[Town], None]

# What runs on one process: a running Airflow is started once, and a benchmark is not run beside itself.
_TOGETHER = {
    "scenarios/test_airflow_": "airflow",
    "scenarios/pages/test_airflow_": "pages",
    "scenarios/pages/test_rights_": "rights",
    "tests/bench/": "bench",
}


class _Scheduler(LoadScopeScheduling):
    """Tests go to whichever process is free, but those of one group to one. xdist's own groups don't take."""

    def _split_scope(self, nodeid: str) -> str:
        return next((group for place, group in _TOGETHER.items() if place in nodeid), nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Take the scheduler above instead of xdist's."""
    return _Scheduler(config, log)


def pytest_sessionfinish() -> None:
    """Spare a test process its last collections of garbage: they take seconds, and xdist interrupts it after five."""
    gc.freeze()


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
    chosen: Server = request.getfixturevalue(f"server_{getattr(request, 'param', postgresql.NEWEST)}")
    return chosen


@pytest.fixture
def warehouse(server: Server, tmp_path: Path) -> Iterator[str]:
    """A migrated, empty warehouse that Rollbook's environment points to; everything else it writes is in tmp_path."""
    with postgresql.database(server, "night") as url, _environment(url, tmp_path):
        yield url


@pytest.fixture
def town(warehouse: str, tmp_path: Path) -> Town:
    """A district with settings, in which nothing has been synced yet."""
    here = Town(tmp_path, warehouse)
    here.settle()
    return here


@pytest.fixture
def after(server: Server, tmp_path: Path, lived: Callable[[Server, Story], str]) -> Iterator[Callable[[Story], Town]]:
    """Gives the same district as a story left its warehouse. What the story wrote elsewhere is not there."""
    with ExitStack() as stack:

        def begin(story: Story) -> Town:
            url = stack.enter_context(postgresql.database(server, "night", lived(server, story)))
            stack.enter_context(_environment(url, tmp_path))
            return Town(tmp_path, url)

        yield begin


@pytest.fixture
def synced(after: Callable[[Story], Town]) -> Town:
    """The same district after the first night of `world()`."""
    here = after(first_night)
    here.settle()
    return here


def first_night(town: Town) -> None:
    """What has happened to `synced`."""
    town.settle()
    assert town.night(world()).status == "applied"


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Server, Story], str]:
    """Live through a story once per server, and give the template's name."""

    @cache
    def live(server: Server, story: Story) -> str:
        folder = tmp_path_factory.mktemp("story")
        name = f"after_{story.__name__}"
        postgresql.create(server, name)
        url = server.url_of(name)
        with _environment(url, folder):
            story(Town(folder, url))
        postgresql.end_sessions(server, name)
        return name

    return live


@contextmanager
def _environment(url: str, folder: Path) -> Iterator[None]:
    from pipelines.store.engine import dispose

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ROLLBOOK_WAREHOUSE_URL", url)
        for name in ("HOME", "LANDING", "CONFIG", "REPORTS"):
            patch.setenv(f"ROLLBOOK_{name}", str(folder / name.lower()))
        yield
    dispose()
