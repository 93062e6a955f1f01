"""Rounds of nights: every contender syncs the same night, one after the other, each in a fresh process."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import yaml

from bench import DISTRICT
from bench.delivery import Delivery, deliver
from bench.machine import machine, revision, versions
from bench.meter import server_seconds
from bench.server import Server, serve
from pipelines.settings import PROJECT

REFERENCE, PANDAS, OURS = "copy_merge", "pandas_upsert", "rollbook"
MEASURES = ("wall", "cpu", "client_cpu", "server_cpu", "start", "gx_import", "process", "peak_mb", "rows_per_second")


class NightFailedError(Exception):
    """A contender did not finish a night; its own words stand above."""


class RostersDifferError(Exception):
    """Two contenders left different rosters, so their times can't be compared."""


def contest(
    folder: Path, rows: int, rounds: int, contenders: Sequence[str], nights: Sequence[str] | None = None
) -> dict[str, Any]:
    """Write the nights, run the rounds, check that all rosters are equal; return everything that was measured."""
    began, of_machine = datetime.now(UTC), machine()
    deliveries = [one for one in deliver(folder / "drop", rows) if nights is None or one.name in nights]
    _configure(folder)
    cells, contents = [], {}
    with serve(folder / "warehouse") as server:
        server.migrate()
        for number in range(rounds):
            for cell, content in _round(server, folder, number, deliveries, contenders):
                cells.append(cell)
                contents[cell["night"]] = content
        postgres = server.version
    told = [asdict(one) | {"as_of": one.as_of.isoformat(), "path": one.path.name} for one in deliveries]
    return {
        "began": began.isoformat(timespec="seconds"),
        "seconds": round((datetime.now(UTC) - began).total_seconds()),
        "rows": deliveries[0].rows,
        "rounds": rounds,
        "contenders": list(contenders),
        "machine": of_machine,
        "versions": {"PostgreSQL": postgres} | versions(),
        "revision": revision(),
        "nights": told,
        "rosters": contents,
        "medians": _medians(cells, deliveries, contenders),
        "cells": cells,
    }


def _round(
    server: Server, folder: Path, number: int, deliveries: Sequence[Delivery], contenders: Sequence[str]
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Every night once, from empty tables; who goes first changes from night to night."""
    home = folder / f"home-{number}"
    for contender in contenders:
        server.renew(contender)
        server.rest(contender)
    for place, delivery in enumerate(deliveries):
        turn = (number + place) % len(contenders)
        left: dict[str, Any] = {}
        for contender in (*contenders[turn:], *contenders[:turn]):
            cell = _measure(server, contender, delivery, folder / "config", home)
            left[contender] = server.content(contender)
            server.rest(contender)
            yield cell | {"round": number}, left[contender]["active"]
        compare(delivery.name, left)
    shutil.rmtree(home, ignore_errors=True)


def _measure(server: Server, contender: str, delivery: Delivery, config: Path, home: Path) -> dict[str, Any]:
    environment = os.environ | {"ROLLBOOK_HOME": str(home), "ROLLBOOK_CONFIG": str(config)}
    arguments = [contender, server.url(contender), delivery.as_of.isoformat(), str(delivery.path)]
    used, spawned = server_seconds(server.postmaster), time.monotonic()
    command = [sys.executable, "-m", "bench.cell", *arguments, repr(spawned)]
    done = subprocess.run(command, env=environment, cwd=PROJECT, stdout=subprocess.PIPE, text=True, check=False)
    took = time.monotonic() - spawned
    if done.returncode:
        raise NightFailedError(f"{contender} failed on the night {delivery.name}")
    server.await_silence(contender)
    cell: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    cell |= {"contender": contender, "night": delivery.name, "process": took}
    cell["server_cpu"] = server_seconds(server.postmaster) - used
    cell["cpu"] = cell["client_cpu"] + cell["server_cpu"]
    cell["rows_per_second"] = delivery.rows / cell["wall"]
    print(f"{delivery.name:12} {contender:14} {cell['wall']:8.2f} s", file=sys.stderr)
    return cell


def compare(night: str, left: Mapping[str, Any]) -> None:
    """Refuse to compare times when what was done differs. The upsert keeps no history."""
    if len(left) < 2:
        return
    first, *others = left
    for other in others:
        one, two = left[first]["active"], left[other]["active"]
        differing = {kind: (one.get(kind), two.get(kind)) for kind in {*one, *two} if one.get(kind) != two.get(kind)}
        if differing:
            raise RostersDifferError(f"{night}: {first}, {other}: {differing}")
    kept = {name: told["history"] for name, told in left.items() if name != PANDAS}
    if len({json.dumps(history) for history in kept.values()}) > 1:
        raise RostersDifferError(f"{night}: history differs: {kept}")


def _medians(cells: Sequence[dict[str, Any]], deliveries: Sequence[Delivery], contenders: Sequence[str]) -> Any:
    found: dict[str, Any] = {}
    for delivery in deliveries:
        for contender in contenders:
            ours = [cell for cell in cells if (cell["night"], cell["contender"]) == (delivery.name, contender)]
            found.setdefault(delivery.name, {})[contender] = _median(ours)
    return found


def _median(cells: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    told: dict[str, Any] = {name: median(cell[name] for cell in cells) for name in MEASURES}
    walls = sorted(cell["wall"] for cell in cells)
    steps = {step: median(cell["steps"][step] for cell in cells) for step in cells[0]["steps"]}
    return told | {"wall_min": walls[0], "wall_max": walls[-1], "steps": steps}


def _configure(folder: Path) -> None:
    """Write the district's settings: as an example has them, but for the limits, which a benchmark shall not meet."""
    path = folder / "drop" / "{as_of}" / "roster.csv"
    limits = dict.fromkeys(("archive_percent", "update_percent", "create_percent"), 100)
    facts: dict[str, Any] = {"district_id": DISTRICT, "name": "Springfield", "limits": limits}
    facts |= {"sources": [{"kind": "sis_file", "path": str(path), "layout": "combined"}]}
    settings = folder / "config" / "districts" / f"{DISTRICT}.yaml"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(yaml.safe_dump(facts), encoding="utf-8")
