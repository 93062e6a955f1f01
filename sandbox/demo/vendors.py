"""The vendors that serve some of the demo's districts: a process of its own, which outlives who started it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import psutil

from pipelines.settings import PROJECT
from sandbox.demo.processes import remember
from sandbox.vendors.handle import Sandbox
from sandbox.vendors.registry import Keys


def start(home: Path, districts: Iterable[str], students: int) -> Sandbox:
    """Start the servers of these districts, all of one size."""
    home.mkdir(parents=True)
    command = [sys.executable, "-m", "sandbox.vendors", "--port", "0", "--json", "--students", str(students)]
    command += [part for name in districts for part in ("--district", name)]
    with (home / "log").open("ab") as log:
        process = psutil.Popen(
            command, cwd=PROJECT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, start_new_session=True
        )
    facts = json.loads(process.stdout.readline())
    remember(home, {"vendors": process})
    return Sandbox(facts["addresses"], {name: Keys(**keys) for name, keys in facts["keys"].items()}, {})


def connections(sandbox: Sandbox, districts: Iterable[str]) -> dict[str, str]:
    """The Airflow connections of each district to each vendor, as environment variables."""
    return {
        f"AIRFLOW_CONN_{connection_id(kind, district).upper()}": json.dumps(_connection(sandbox, kind, district))
        for district in districts
        for kind in _CONNECTIONS
    }


def connection_id(kind: str, district: str) -> str:
    """What a district's connection is called."""
    return f"{kind}_{district}"


def _connection(sandbox: Sandbox, kind: str, district: str) -> dict[str, Any]:
    return {"conn_type": kind, **_CONNECTIONS[kind](sandbox.addresses, sandbox.keys[district])}


def _clever(addresses: Mapping[str, str], keys: Keys) -> dict[str, Any]:
    extra = {"token_host": addresses["clever_tokens"]}
    return {
        "host": addresses["clever"],
        "login": keys.clever_client_id,
        "password": keys.clever_client_secret,
        "extra": extra,
    }


def _classlink(addresses: Mapping[str, str], keys: Keys) -> dict[str, Any]:
    return {
        "host": addresses["classlink"],
        "login": keys.classlink_consumer_key,
        "password": keys.classlink_consumer_secret,
    }


def _canvas(addresses: Mapping[str, str], keys: Keys) -> dict[str, Any]:
    return {"host": addresses["canvas"], "password": keys.canvas_token}


_CONNECTIONS = {"clever": _clever, "classlink": _classlink, "canvas": _canvas}
