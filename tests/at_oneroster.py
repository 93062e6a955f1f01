"""A district at a OneRoster service: in the sandbox, or at a service whose behaviour a test chooses."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from pipelines.sources import classlink
from pipelines.sources.classlink import Settings
from pipelines.sources.contract import Bookmark, ExtractRequest, ExtractResult
from pipelines.validate.delivery import validate_delivery
from pipelines.validate.result import Validated
from sandbox.vendors.handle import Sandbox
from tests.answering import Asked, Reply, said
from tests.delivery import district

CONNECTION = "classlink_springfield"
HURRIED = {"attempts": 3, "backoff_seconds": 0.01, "longest_wait": 2}
NIGHT = date(2026, 11, 24)

Row = dict[str, Any]
Give = Callable[[str, int, int], Reply]  # collection, limit, offset


def connect(monkeypatch: pytest.MonkeyPatch, host: str, login: str = "", password: str = "", **extra: Any) -> None:
    """Set the connection as Airflow stores it."""
    connection = {"conn_type": "http", "host": host, "login": login, "password": password, "extra": extra}
    monkeypatch.setenv(f"AIRFLOW_CONN_{CONNECTION.upper()}", json.dumps(connection))


def settings(**more: Any) -> Settings:
    """Return a source's settings, with short waits."""
    return Settings.model_validate({"kind": "classlink", "connection": CONNECTION, "retry_policy": HURRIED} | more)


@dataclass
class AtOneRoster:
    """One district in a sandbox, at each of its services."""

    sandbox: Sandbox
    folder: Path
    monkeypatch: pytest.MonkeyPatch
    numbers: Iterator[int] = field(default_factory=count)

    def enter(self, way: str = "oauth1", **more: Any) -> Settings:
        """Connect to one of the services, and return the source's settings, with several small pages."""
        keys, addresses = self.sandbox.first, self.sandbox.addresses
        consumer = keys.classlink_consumer_key, keys.classlink_consumer_secret
        client = keys.oneroster_client_id, keys.oneroster_client_secret
        host, pair, given = {
            "oauth1": (addresses["classlink"], consumer, {}),
            "proxy": (addresses["classlink_proxy"], ("", keys.classlink_partner_key), {"auth": "proxy"}),
            "1.1": (addresses["oneroster_11"], client, {"auth": "client_credentials"}),
            "1.2": (addresses["oneroster_12"], client, {"auth": "client_credentials", "version": "1.2"}),
        }[way]
        connect(self.monkeypatch, host, *pair)
        return settings(**{"page_rows": 100} | given | more)

    def fetch(self, way: str = "oauth1", last: Bookmark | None = None, **more: Any) -> ExtractResult:
        """Fetch the district's roster into a folder of its own."""
        return fetch(self.enter(way, **more), self.folder / f"pull-{next(self.numbers)}", last)

    def ids(self, kind: str = "users") -> list[str]:
        """Return every id of a kind, as the sandbox has it."""
        from sandbox.vendors.oneroster.rows import rows_of

        account = self.sandbox.account
        return [row["sourcedId"] for row in rows_of(kind, account.view, account.behaviour)]


def fetch(source: Settings, to: Path, last: Bookmark | None = None) -> ExtractResult:
    """Fetch into a new folder."""
    to.mkdir(parents=True)
    return classlink.fetch(source, ExtractRequest("springfield", NIGHT, to, last))


def received(fetched: ExtractResult, kind: str = "users") -> list[str]:
    """Return the ids in the pages of a kind, in the order received, each once."""
    found: dict[str, None] = {}
    for name in sorted(one for one in fetched.files if one.startswith(f"{kind}-")):
        document = json.loads(fetched.files[name].read_bytes())
        found |= dict.fromkeys(row["sourcedId"] for row in (document if isinstance(document, list) else document[kind]))
    return list(found)


def judge(fetched: ExtractResult) -> Validated:
    """Validate a pull."""
    tables, layout = classlink.understand(fetched.files, settings())
    return validate_delivery(tables, layout, district())


def last_of(fetched: ExtractResult, **facts: Any) -> Bookmark:
    """Return the bookmark that a pull leaves for the next pull."""

    @contextmanager
    def files() -> Iterator[Mapping[str, Path]]:
        yield fetched.files

    return Bookmark({**fetched.facts, **facts}, None, files)


def small_roster(users: int = 10) -> dict[str, list[Row]]:
    """Return rows of a small district in version 1.1."""
    org = {"sourcedId": "S1", "type": "org"}
    return {
        "orgs": [{"sourcedId": "S1", "name": "North", "type": "school"}],
        "academicSessions": [{"sourcedId": "F", "title": "Fall", "type": "term"}],
        "courses": [{"sourcedId": "M", "title": "Mathematics", "org": org}],
        "classes": [{"sourcedId": "C1", "title": "Math 1", "school": org, "terms": [{"sourcedId": "F"}]}],
        "users": [
            {"sourcedId": f"u{at:03}", "givenName": "Given", "familyName": "Family", "role": "student", "orgs": [org]}
            for at in range(users)
        ],
        "enrollments": [
            {
                "sourcedId": f"e{at:03}",
                "role": "student",
                "class": {"sourcedId": "C1"},
                "user": {"sourcedId": f"u{at:03}"},
            }
            for at in range(users)
        ],
    }


def service(rows: Mapping[str, list[Row]], **odd: Give) -> Callable[[Asked], Reply]:
    """Return the answers of a service that sends no header with counts; `odd` answers for some collections."""

    def answer(asked: Asked) -> Reply:
        parts = urlsplit(asked.path)
        name, query = parts.path.rpartition("/")[2], parse_qs(parts.query)
        if name == "token":
            return said({"access_token": "t", "expires_in": 3600})
        limit, offset = int(query["limit"][0]), int(query["offset"][0])
        return odd[name](name, limit, offset) if name in odd else page(rows[name], name, limit, offset)

    return answer


def page(rows: list[Row], name: str, limit: int, offset: int, **headers: str) -> Reply:
    """Return a page as that service gives it."""
    return said({name: rows[offset : offset + limit]}, **headers)
