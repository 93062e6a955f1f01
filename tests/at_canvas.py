"""A district at Canvas, in a sandbox of its own, for tests of the source `canvas`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from pipelines.http.retry_policy import RetryPolicy
from pipelines.sources import canvas
from pipelines.sources.contract import Bookmark, ExtractRequest, ExtractResult
from pipelines.validate.delivery import validate_delivery
from pipelines.validate.result import Validated
from sandbox.vendors.handle import Sandbox
from sandbox.vendors.serving import serving
from tests.delivery import district

CONNECTION = "canvas_springfield"
HURRIED = {"attempts": 3, "backoff_seconds": 0.01, "longest_wait": 2}
HURRY = RetryPolicy(**HURRIED)  # type: ignore[arg-type]


def connect(monkeypatch: pytest.MonkeyPatch, host: str, token: str) -> None:
    """Set the connection as Airflow stores it."""
    connection = {"conn_type": "canvas", "host": host, "password": token}
    monkeypatch.setenv(f"AIRFLOW_CONN_{CONNECTION.upper()}", json.dumps(connection))


def settings(**more: Any) -> canvas.Settings:
    """Return a source's settings, with short waits."""
    return canvas.Settings.model_validate(
        {"kind": "canvas", "connection": CONNECTION, "retry_policy": HURRIED, "page_rows": 20} | more
    )


@dataclass
class AtCanvas:
    """One district in a sandbox."""

    sandbox: Sandbox
    folder: Path
    numbers: Iterator[int] = field(default_factory=count)

    def fetch(self, last: Bookmark | None = None, **more: Any) -> ExtractResult:
        """Fetch rosters into a folder of their own."""
        to = self.folder / f"pull-{next(self.numbers)}"
        to.mkdir()
        return canvas.fetch(settings(**more), ExtractRequest("oakdale", date(2026, 9, 1), to, last))

    def courses(self) -> list[int]:
        """Return the numbers of all courses."""
        account = self.sandbox.account
        return [int(1000 + row) for row in account.view.rows("courses")]


def judged(fetched: ExtractResult, **more: Any) -> Validated:
    """Validate a pull."""
    tables, layout = canvas.understand(fetched.files, settings(**more))
    return validate_delivery(tables, layout, district())


def rows_of(fetched: ExtractResult, table: str, **more: Any) -> list[dict[str, Any]]:
    """Return one table of a pull."""
    tables, _ = canvas.understand(fetched.files, settings(**more))
    (found,) = [one for one in tables if one.name == f"{table}.json"]
    return list(found.rows.to_pylist())


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[AtCanvas]:
    """Serve a small district at Canvas that no run has read yet."""
    with serving(students=60) as sandbox:
        connect(monkeypatch, sandbox.addresses["canvas"], sandbox.first.canvas_token)
        yield AtCanvas(sandbox, tmp_path)
