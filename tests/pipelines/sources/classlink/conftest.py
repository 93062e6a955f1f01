from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from pipelines.sources.contract import ExtractResult
from sandbox import district
from sandbox.vendors.handle import Sandbox
from sandbox.vendors.serving import serving
from tests.answering import answering
from tests.at_oneroster import AtOneRoster, Give, Row, connect, fetch, service, settings


@pytest.fixture(scope="session")
def running() -> Iterator[Sandbox]:
    world = district.generate(seed=3, students=240, schools=3, co_teacher_percent=10)
    with serving(worlds=[world], seed=3) as sandbox:
        yield sandbox


@pytest.fixture
def at(running: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AtOneRoster:
    """A district on its first night, without faults."""
    running.reset()
    return AtOneRoster(running, tmp_path, monkeypatch)


@pytest.fixture
def odd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., ExtractResult]:
    """Fetch from a service with its own mind: `odd` answers for some collections."""
    numbers = count()

    def ask(rows: dict[str, list[Row]], page_rows: int = 4, **given: Give) -> ExtractResult:
        with answering(service(rows, **given)) as vendor:
            connect(monkeypatch, vendor.url, "id", "secret")
            source = settings(auth="client_credentials", page_rows=page_rows)
            return fetch(source, tmp_path / f"odd-{next(numbers)}")

    return ask
