"""A district at Clever, in a sandbox of its own: what a test asks of the source `clever`."""

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
    """Set the connection as Airflow would keep it."""
    told = {"conn_type": "http", "host": api, "login": login, "password": password, "extra": {"token_host": tokens}}
    monkeypatch.setenv(f"AIRFLOW_CONN_{CONNECTION.upper()}", json.dumps(told))


def settings(district_id: str, **more: Any) -> clever.Settings:
    """A source's settings, hurried."""
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
        """What Clever knows of the district now."""
        return Office(self.sandbox.account.view, self.sandbox.account.behaviour, "v3.1")

    def settings(self, **more: Any) -> clever.Settings:
        """This district's settings: pages small enough that there are several."""
        return settings(self.office.district, **{"version": "v3.1", "page_rows": 60} | more)

    def fetch(self, last: Bookmark | None = None, **more: Any) -> ExtractResult:
        """Fetch the district's roster into a folder of its own."""
        to = self.folder / f"pull-{next(self.numbers)}"
        to.mkdir()
        return clever.fetch(self.settings(**more), ExtractRequest("oakdale", date(2026, 9, 1), to, last))

    def people(self) -> set[str]:
        """The ids of every user whom the API gives a role of ours."""
        office = self.office
        rows = {"students": office.view.students()[office.behaviour.withdrawn_users :]}
        rows["teachers"] = office.view.rows("teachers")
        return {str(one) for kind, at in rows.items() for one in getattr(office, kind)[at]}


def last_of(fetched: ExtractResult, before: Bookmark | None = None, **facts: Any) -> Bookmark:
    """What a night leaves for the next: its facts, and its snapshot, or of an unchanged night the one before."""

    @contextmanager
    def files() -> Iterator[Mapping[str, Path]]:
        yield fetched.files

    kept = before.files if fetched.unchanged and before else files
    return Bookmark({**fetched.facts, **facts}, None, kept)


def judge(fetched: ExtractResult, source: clever.Settings) -> Validated:
    """Validate what was fetched."""
    tables, layout = clever.understand(fetched.files, source)
    return validate_delivery(tables, layout, district())


def ids(fetched: ExtractResult, source: clever.Settings, stem: str, column: str = "sourcedId") -> list[str]:
    """A column of one of the tables that the parts become."""
    tables, _ = clever.understand(fetched.files, source)
    return next(one.rows.column(column).to_pylist() for one in tables if one.name == f"{stem}.json")


def rows(fetched: ExtractResult, source: clever.Settings, stem: str) -> list[dict[str, Any]]:
    """The rows of one of the tables that the parts become."""
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
    """A moment before now, as facts tell it."""
    return (datetime.now(UTC) - timedelta(**before)).isoformat(timespec="seconds")
