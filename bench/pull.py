"""`python -m bench.pull`: a large district pulled from the sandbox's vendors, beside a plain client's same requests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import requests
import typer
from rich.console import Console

from bench import document, machine
from bench.pull_cell import DISTRICT
from pipelines.settings import PROJECT
from sandbox.demo.vendors import connection_id, connections
from sandbox.district import generate
from sandbox.vendors import ids
from sandbox.vendors.handle import Sandbox
from sandbox.vendors.serving import serving

CONTENDERS = ("plain", "rollbook")
_SCOPE = "https://purl.imsglobal.org/spec/or/v1p1/scope/roster-core.readonly"

app = typer.Typer(add_completion=False)


@app.command()
def pull(
    students: Annotated[int, typer.Option(min=13)] = 50_000,
    rounds: Annotated[int, typer.Option(min=1)] = 3,
    write: Annotated[bool, typer.Option("--write", help="Keep the figures and write docs/performance.md.")] = False,
) -> None:
    """Measure pulls by Clever's API and by a OneRoster service."""
    began = datetime.now(UTC).isoformat(timespec="seconds")
    of = {"machine": machine.machine(), "versions": machine.versions(), "revision": machine.revision()}
    command = " ".join(["python -m bench.pull", *sys.argv[1:]])
    with serving(students=students, districts=(DISTRICT,), own_process=True, contacts=False) as sandbox:
        cells = list(_cells(sandbox, rounds))
    found = {"students": students, "rounds": rounds, "command": command, "began": began, **of, "cells": cells}
    console = Console()
    for line in document.pulled(found):
        console.print(line, soft_wrap=True, markup=False)
    if write:
        document.keep_pull(found)
        document.write()


def _cells(sandbox: Sandbox, rounds: int) -> Iterator[dict[str, Any]]:
    for kind, order in _orders(sandbox).items():
        sandbox.clear()
        _run(kind, sandbox, order | {"contender": "rollbook"})  # the sandbox renders its pages when first asked
        order["paths"] = [
            path
            for path in sandbox.requests(order.pop("server"))
            if not path.endswith("/token") and "/oauth/" not in path
        ]
        for number in range(rounds):
            for contender in CONTENDERS if number % 2 else reversed(CONTENDERS):
                cell = _run(kind, sandbox, order | {"contender": contender})
                yield {"kind": kind, "round": number, "contender": contender, **cell}


def _orders(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    keys = sandbox.keys[DISTRICT]
    form = {"grant_type": "client_credentials", "scope": _SCOPE}
    client = (keys.oneroster_client_id, keys.oneroster_client_secret)
    token = requests.post(f"{sandbox.addresses['oneroster_11']}/token", data=form, auth=client, timeout=30).json()
    world = generate(seed=1, students=13, district=DISTRICT)
    return {
        "clever": {
            "server": "clever",
            "host": sandbox.addresses["clever"],
            "token": keys.clever_token,
            "source": {
                "kind": "clever",
                "connection": connection_id("clever", DISTRICT),
                "clever_district_id": ids.clever(world, "districts", DISTRICT, 0),
            },
        },
        "classlink": {
            "server": "oneroster_11",
            "host": sandbox.addresses["oneroster_11"],
            "token": token["access_token"],
            "source": {
                "kind": "classlink",
                "connection": connection_id("classlink", DISTRICT),
                "auth": "client_credentials",
            },
        },
    }


def _run(kind: str, sandbox: Sandbox, order: Mapping[str, Any]) -> dict[str, Any]:
    keys = sandbox.keys[DISTRICT]
    oneroster = {"conn_type": "classlink", "host": sandbox.addresses["oneroster_11"]}
    oneroster |= {"login": keys.oneroster_client_id, "password": keys.oneroster_client_secret}
    known = connections(sandbox, {DISTRICT: "clever"})
    known[f"AIRFLOW_CONN_{connection_id('classlink', DISTRICT).upper()}"] = json.dumps(oneroster)
    with TemporaryDirectory(prefix="rollbook-bench-") as folder:
        environment = os.environ | known | {"ROLLBOOK_LANDING": str(Path(folder) / "landing")}
        done = subprocess.run(
            [sys.executable, "-m", "bench.pull_cell"],
            cwd=PROJECT,
            env=environment,
            input=json.dumps({**order, "folder": folder}),
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(f"{kind}, {order['contender']}: {done.stderr[-2000:]}")
    cell: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return cell


if __name__ == "__main__":
    app(prog_name="python -m bench.pull")
