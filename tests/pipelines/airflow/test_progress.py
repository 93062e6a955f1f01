"""The wait for Canvas holds no worker and no token."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import tests.airflow_home  # isort: skip  # noqa: F401 - before anything of Airflow

from pipelines.airflow.progress import CanvasProgress


def test_the_serialized_trigger_contains_no_token() -> None:
    until = datetime.now(UTC).isoformat()
    path, told = CanvasProgress("canvas_springfield", 7, until).serialize()
    assert path == "pipelines.airflow.progress.CanvasProgress"
    assert told == {"connection": "canvas_springfield", "progress": 7, "until": until}


def test_the_trigger_fires_when_its_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_CANVAS_SPRINGFIELD", '{"conn_type": "canvas", "host": "h", "password": "p"}')
    waiting = CanvasProgress("canvas_springfield", 7, (datetime.now(UTC) - timedelta(seconds=1)).isoformat())

    async def first() -> Any:
        return await anext(waiting.run())

    assert asyncio.run(first()).payload == {"progress": 7}
