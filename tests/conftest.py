"""Fixtures of every test that needs a warehouse: a real server, a fresh database, a district with a drop folder."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests import warehouse as postgresql
from tests.town import Town, first_night
from tests.warehouse import Server

# By default the examples are the same each time, so that a change is tested with the same examples as before it.
# `pytest --hypothesis-profile explore` searches for other examples.
# No example has a deadline: the time of an example depends on the machine.
settings.register_profile("gate", derandomize=True, database=None, deadline=None)
settings.register_profile("explore", print_blob=True, deadline=None)
settings.load_profile("gate")

Story = Callable[[Town], None]
Live = Callable[..., str]  # takes a server, a story, and the stories before it

# What runs on one process: a running Airflow is started once, and a benchmark is not run beside itself.
_TOGETHER = {
    "scenarios/test_airflow_": "airflow",
    "scenarios/pages/test_airflow_": "pages",
    "scenarios/pages/test_rights_": "rights",
    "tests/bench/": "bench",
}


# Whole runs are long and share little: each test goes to a free process, at the end, so that all end together.
_APART = ("tests/properties/", "tests/scenarios/")


class _Scheduler(LoadScopeScheduling):
    """Files go to whichever process is free; files of one group go to one process, which creates their fixtures once.

    xdist's own groups have no effect here.
    """

    def _split_scope(self, nodeid: str) -> str:
        alone = nodeid if nodeid.startswith(_APART) else nodeid.partition("::")[0]
        return next((group for place, group in _TOGETHER.items() if place in nodeid), alone)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Use the scheduler above instead of xdist's."""
    return _Scheduler(config, log)


def pytest_collection_finish() -> None:
    """Exclude imported and collected objects from garbage collection, which would visit all of them each time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


@pytest.fixture(scope="session")
def server_18() -> Iterator[Server]:
    """Start the newest supported PostgreSQL, one per test process, with a migrated template."""
    with postgresql.newest() as server:
        postgresql.prepare(server)
        yield server


@pytest.fixture(scope="session")
def server_15() -> Iterator[Server]:
    """Start the oldest supported PostgreSQL, one per test process, with a migrated template."""
    with postgresql.oldest() as server:
        postgresql.prepare(server)
        yield server


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Server:
    """Return a server: the newest, unless the test is parametrised with a version."""
    chosen: Server = request.getfixturevalue(f"server_{getattr(request, 'param', postgresql.NEWEST)}")
    return chosen


@pytest.fixture
def warehouse(server: Server, tmp_path: Path) -> Iterator[str]:
    """Return a migrated, empty warehouse, with Rollbook's environment set to it; all files are in tmp_path."""
    with postgresql.database(server, "night") as url, _environment(url, tmp_path):
        yield url


@pytest.fixture
def town(warehouse: str, tmp_path: Path) -> Town:
    """Return a district with settings, without any run."""
    here = Town(tmp_path, warehouse)
    here.settle()
    return here


@pytest.fixture
def after(server: Server, tmp_path: Path, lived: Live) -> Iterator[Callable[..., Town]]:
    """Return a function that gives the district with the warehouse that stories left, without files that they wrote."""
    with ExitStack() as stack:

        def begin(*stories: Story) -> Town:
            url = stack.enter_context(postgresql.database(server, "night", lived(server, *stories)))
            stack.enter_context(_environment(url, tmp_path))
            return Town(tmp_path, url)

        yield begin


@pytest.fixture
def synced(after: Callable[..., Town]) -> Town:
    """Return the district after the first night of `world()`."""
    here = after(first_night)
    here.settle()
    return here


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Live:
    """Perform stories once per server, each on the template of the previous one; return the last template's name."""
    numbers = count()

    @cache
    def live(server: Server, *stories: Story) -> str:
        *before, story = stories
        folder = tmp_path_factory.mktemp("story")
        name = f"after_{story.__name__}_{next(numbers)}"
        postgresql.create(server, name, live(server, *before) if before else postgresql.TEMPLATE)
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
