from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import district
from sandbox.vendors.handle import Sandbox
from sandbox.vendors.serving import serving
from tests.at_gradebook import AtGradebook
from tests.at_oneroster import AtOneRoster


@pytest.fixture(scope="session")
def running() -> Iterator[Sandbox]:
    with serving(worlds=[district.generate(seed=3, students=60, schools=1)], seed=3) as sandbox:
        yield sandbox


@pytest.fixture
def at(running: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AtGradebook:
    """A district on its first night, without faults, that shares its gradebook."""
    running.reset()
    running.behave(oneroster_gradebook=True)
    return AtGradebook(AtOneRoster(running, tmp_path, monkeypatch), tmp_path / "grades")
