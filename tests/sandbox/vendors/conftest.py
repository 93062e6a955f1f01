from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from oauthlib.oauth1 import Client

from sandbox import district
from sandbox.district import World
from sandbox.vendors.handle import Sandbox
from sandbox.vendors.oneroster import access, rest
from sandbox.vendors.serving import serving

Get = Callable[..., requests.Response]
SECONDS = 20


@pytest.fixture(scope="session")
def world() -> World:
    """Three schools; nothing changes a world, so all tests may begin with the same."""
    return district.generate(seed=3, students=240, schools=3, co_teacher_percent=10)


@pytest.fixture(scope="session")
def running(world: World) -> Iterator[Sandbox]:
    with serving(worlds=[world], seed=3) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    """A sandbox on its first night, without faults."""
    running.reset()
    return running


@pytest.fixture
def clever(sandbox: Sandbox) -> Get:
    """Ask Clever for a path of version 3.1."""

    def get(path: str, token: str | None = None, version: str = "v3.1", **options: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {token or sandbox.first.clever_token}"}
        url = f"{sandbox.addresses['clever']}/{version}/{path}"
        return requests.get(url, headers=headers, timeout=options.pop("timeout", SECONDS), **options)

    return get


@pytest.fixture
def classlink(sandbox: Sandbox) -> Get:
    """Ask ClassLink, with a signature."""

    def get(
        path: str, method: str = "HMAC-SHA256", secret: str | None = None, timeout: float = SECONDS
    ) -> requests.Response:
        keys = sandbox.first
        client = Client(keys.classlink_consumer_key, secret or keys.classlink_consumer_secret, signature_method=method)
        url, headers, _ = client.sign(f"{sandbox.addresses['classlink']}{rest.BASES['1.1']}/{path}")
        return requests.get(url, headers=headers, timeout=timeout)

    return get


@pytest.fixture
def oneroster(sandbox: Sandbox) -> Get:
    """Ask the generic OneRoster server of a version, with a token for everything."""
    tokens = {version: _token(sandbox, version) for version in rest.BASES}

    def get(path: str, version: rest.Version = "1.2", **options: Any) -> requests.Response:
        base = sandbox.addresses[f"oneroster_{version.replace('.', '')}"]
        headers = {"Authorization": f"Bearer {tokens[version]}"}
        options.setdefault("timeout", SECONDS)
        return requests.get(f"{base}{rest.BASES[version]}/{path}", headers=headers, **options)

    return get


def _token(sandbox: Sandbox, version: rest.Version) -> str:
    scopes = " ".join(access.scope(version, name) for name in (access.FULL, access.DEMOGRAPHICS))
    reply = requests.post(
        sandbox.addresses[f"oneroster_{version.replace('.', '')}"] + "/token",
        data={"grant_type": "client_credentials", "scope": scopes},
        auth=(sandbox.first.oneroster_client_id, sandbox.first.oneroster_client_secret),
        timeout=SECONDS,
    )
    return str(reply.json()["access_token"])


@pytest.fixture
def canvas(sandbox: Sandbox) -> Get:
    """Ask Canvas for a path, or for a whole URL it gave."""

    def get(path: str, headers: dict[str, str] | None = None) -> requests.Response:
        url = path if path.startswith("http") else f"{sandbox.addresses['canvas']}/api/v1/{path}"
        token = {"Authorization": f"Bearer {sandbox.first.canvas_token}"}
        return requests.get(url, headers=token | (headers or {}), timeout=SECONDS)

    return get


@pytest.fixture
def pull_clever(sandbox: Sandbox, clever: Get) -> Callable[[str], list[dict[str, Any]]]:
    """Every record of a list, as a careful client reads it."""

    def pull(path: str) -> list[dict[str, Any]]:
        records: list[dict[str, Any]] = []
        while path:
            page = clever(path).json()
            records += [row["data"] for row in page["data"]]
            follow = [link["uri"] for link in page["links"] if link["rel"] == "next"]
            path = follow[0].removeprefix("/v3.1/") if follow else ""
        return records

    return pull


@pytest.fixture
def pull_oneroster(oneroster: Get) -> Callable[..., list[dict[str, Any]]]:
    """Every row of a collection: on by the rows received, until a page is empty."""

    def pull(name: str, limit: int = 1000, version: rest.Version = "1.2", more: str = "") -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        while True:
            reply = oneroster(f"{name}?limit={limit}&offset={len(rows)}&sort=sourcedId&orderBy=asc{more}", version)
            (page,) = (value for value in reply.json().values() if isinstance(value, list))
            if not page:
                return rows
            rows += page

    return pull
