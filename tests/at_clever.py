"""A district at Clever, in a sandbox of its own, for tests of the source `clever`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from pipelines.sources import clever
from pipelines.sources.contract import Bookmark, ExtractRequest, ExtractResult
from pipelines.validate.delivery import validate_delivery
from pipelines.validate.result import Validated
from sandbox.vendors.clever.records import Office
from sandbox.vendors.handle import Sandbox
from sandbox.vendors.serving import serving
from tests.delivery import district

CONNECTION = "clever_springfield"
HURRIED = {"attempts": 3, "backoff_seconds": 0.01, "longest_wait": 2}


def connect(monkeypatch: pytest.MonkeyPatch, api: str, tokens: str, login: str = "id", password: str = "x") -> None:
    """Set the connection as Airflow stores it."""
    connection = {
        "conn_type": "http",
        "host": api,
        "login": login,
        "password": password,
        "extra": {"token_host": tokens},
    }
    monkeypatch.setenv(f"AIRFLOW_CONN_{CONNECTION.upper()}", json.dumps(connection))


def settings(district_id: str, **more: Any) -> clever.Settings:
    """Return a source's settings, with short waits."""
    given = {"kind": "clever", "connection": CONNECTION, "clever_district_id": district_id, "retry_policy": HURRIED}
    return clever.Settings.model_validate(given | more)


@dataclass
class AtClever:
    """One district in a sandbox."""

    sandbox: Sandbox
    folder: Path
    numbers: Iterator[int] = field(default_factory=count)

    @property
    def office(self) -> Office:
        """Return the present state of the district at Clever."""
        return Office(self.sandbox.account.view, self.sandbox.account.behaviour, "v3.1")

    def settings(self, **more: Any) -> clever.Settings:
        """Return this district's settings, with pages so small that there are several."""
        return settings(self.office.district, **{"version": "v3.1", "page_rows": 60} | more)

    def fetch(self, last: Bookmark | None = None, **more: Any) -> ExtractResult:
        """Fetch the district's roster into a folder of its own."""
        to = self.folder / f"pull-{next(self.numbers)}"
        to.mkdir()
        return clever.fetch(self.settings(**more), ExtractRequest("oakdale", date(2026, 9, 1), to, last))

    def people(self) -> set[str]:
        """Return the ids of all users to whom the API gives a role that Rollbook loads."""
        office = self.office
        rows = {"students": office.view.students()[office.behaviour.withdrawn_users :]}
        rows["teachers"] = office.view.rows("teachers")
        return {str(one) for kind, at in rows.items() for one in getattr(office, kind)[at]}


def last_of(fetched: ExtractResult, before: Bookmark | None = None, **facts: Any) -> Bookmark:
    """Return the bookmark that a pull leaves for the next pull: its facts and its snapshot."""

    @contextmanager
    def files() -> Iterator[Mapping[str, Path]]:
        yield fetched.files

    snapshot = before.files if fetched.unchanged and before else files
    return Bookmark({**fetched.facts, **facts}, None, snapshot)


def judge(fetched: ExtractResult, source: clever.Settings) -> Validated:
    """Validate a pull."""
    tables, layout = clever.understand(fetched.files, source)
    return validate_delivery(tables, layout, district())


def ids(fetched: ExtractResult, source: clever.Settings, stem: str, column: str = "sourcedId") -> list[str]:
    """Return a column of one of the tables that are made of the parts."""
    tables, _ = clever.understand(fetched.files, source)
    return next(one.rows.column(column).to_pylist() for one in tables if one.name == f"{stem}.json")


def rows(fetched: ExtractResult, source: clever.Settings, stem: str) -> list[dict[str, Any]]:
    """Return the rows of one of the tables that are made of the parts."""
    tables, _ = clever.understand(fetched.files, source)
    return next(one.rows.to_pylist() for one in tables if one.name == f"{stem}.json")


@contextmanager
def at_clever(monkeypatch: pytest.MonkeyPatch, folder: Path, **behaviour: Any) -> Iterator[AtClever]:
    """Serve a district at Clever."""
    with serving(**{"students": 150} | behaviour) as sandbox:
        keys, addresses = sandbox.first, sandbox.addresses
        connect(
            monkeypatch,
            addresses["clever"],
            addresses["clever_tokens"],
            keys.clever_client_id,
            keys.clever_client_secret,
        )
        yield AtClever(sandbox, folder)


def long_ago(**before: float) -> str:
    """Return a past moment, as facts write it."""
    return (datetime.now(UTC) - timedelta(**before)).isoformat(timespec="seconds")
