"""`python -m bench.pull`: a large district pulled from the sandbox's vendors, beside a plain client's same requests."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import requests
import typer

from bench import DISTRICT
from bench.measure import Write, begin, finish, run
from sandbox.demo.vendors import connection_id, connections
from sandbox.district import generate
from sandbox.vendors import ids
from sandbox.vendors.handle import Sandbox
from sandbox.vendors.serving import serving

CONTENDERS = ("plain", "pull")  # cells
_SCOPE = "https://purl.imsglobal.org/spec/or/v1p1/scope/roster-core.readonly"

app = typer.Typer(add_completion=False)


@app.command()
def pull(
    students: Annotated[int, typer.Option(min=13)] = 50_000,
    rounds: Annotated[int, typer.Option(min=1)] = 3,
    write: Write = False,
) -> None:
    """Measure pulls by Clever's API and by a OneRoster service."""
    about = begin("bench.pull")
    with serving(students=students, districts=(DISTRICT,), own_process=True, contacts=False) as sandbox:
        cells = list(measured(sandbox, rounds))
    finish("pulls", {**about, "students": students, "rounds": rounds, "cells": cells}, write=write)


def measured(sandbox: Sandbox, rounds: int) -> Iterator[dict[str, Any]]:
    """What each pull cost, of each source by each contender."""
    for kind, order in _orders(sandbox).items():
        sandbox.clear()
        _run("pull", sandbox, order)  # the sandbox renders its pages when first asked
        asked = sandbox.requests(order.pop("server"))
        order["paths"] = [path for path in asked if not path.endswith("/token") and "/oauth/" not in path]
        for number in range(rounds):
            for contender in CONTENDERS if number % 2 else reversed(CONTENDERS):
                yield {"kind": kind, "round": number, "contender": contender, **_run(contender, sandbox, order)}


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


def _run(contender: str, sandbox: Sandbox, order: Mapping[str, Any]) -> dict[str, Any]:
    keys = sandbox.keys[DISTRICT]
    oneroster = {"conn_type": "classlink", "host": sandbox.addresses["oneroster_11"]}
    oneroster |= {"login": keys.oneroster_client_id, "password": keys.oneroster_client_secret}
    known = connections(sandbox, {DISTRICT: "clever"})
    known[f"AIRFLOW_CONN_{connection_id('classlink', DISTRICT).upper()}"] = json.dumps(oneroster)
    with TemporaryDirectory(prefix="rollbook-bench-") as folder:
        known["ROLLBOOK_LANDING"] = str(Path(folder) / "landing")
        return run(contender, {**order, "folder": folder}, known)


if __name__ == "__main__":
    app(prog_name="python -m bench.pull")
