"""Empty warehouses for examples, one after the other, and how many examples there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from pipelines.store.engine import dispose
from tests import warehouse
from tests.town import Town
from tests.warehouse import Server

Fresh = Callable[[], Town]


def examples(count: int) -> settings:
    """So many examples, however long each takes."""
    checks = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(max_examples=count, deadline=None, suppress_health_check=checks)


@pytest.fixture
def fresh(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fresh]:
    """Gives a district in an empty warehouse, again and again."""
    numbers, opened = count(), []

    def make() -> Town:
        number = next(numbers)
        folder = tmp_path / f"example-{number}"
        name = f"example_{number}"
        _close(opened)
        opened.append(warehouse.database(server, name))
        url = opened[-1].__enter__()
        monkeypatch.setenv("ROLLBOOK_WAREHOUSE_URL", url)
        for part in ("HOME", "LANDING", "CONFIG", "REPORTS"):
            monkeypatch.setenv(f"ROLLBOOK_{part}", str(folder / part.lower()))
        town = Town(folder, url)
        whole = {"settle_seconds": 0, "shrink_percent": 100}
        town.settle(new_schools="create", sources=[town.source(completeness=whole)])
        town.drop.mkdir(parents=True)
        return town

    yield make
    _close(opened)


def _close(opened: list[object]) -> None:
    dispose()
    while opened:
        opened.pop().__exit__(None, None, None)  # type: ignore[attr-defined]  # a context manager
