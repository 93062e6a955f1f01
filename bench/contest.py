"""Rounds of nights: every contender syncs the same night, one after the other, each in a fresh process."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from bench.delivery import Delivery, deliver
from bench.machine import versions
from bench.measure import configure, run_on
from bench.server import Server, serve

REFERENCE, PANDAS, OURS = "copy_merge", "pandas_upsert", "rollbook"
MEASURES = ("wall", "cpu", "start", "gx_import", "process", "peak_mb", "rows_per_second")
# A benchmark shall not meet the limits of a night.
_UNLIMITED = dict.fromkeys(("archive_percent", "update_percent", "create_percent"), 100)


class RostersDifferError(Exception):
    """Two contenders left different rosters, so their times can't be compared."""


def contest(
    folder: Path, rows: int, rounds: int, contenders: Sequence[str], nights: Sequence[str] | None = None
) -> dict[str, Any]:
    """Write the nights, run the rounds, check that all rosters are equal; return everything that was measured."""
    deliveries = [one for one in deliver(folder / "drop", rows) if nights is None or one.name in nights]
    path = str(folder / "drop" / "{as_of}" / "roster.csv")
    configure(folder, {"kind": "sis_file", "path": path, "layout": "combined"}, limits=_UNLIMITED)
    cells, contents = [], {}
    with serve(folder / "warehouse") as server:
        server.migrate()
        for number in range(rounds):
            for cell, content in _round(server, folder, number, deliveries, contenders):
                cells.append(cell)
                contents[cell["night"]] = content
        postgres = server.version
    return {
        "versions": {"PostgreSQL": postgres} | versions(),
        "rows": deliveries[0].rows,
        "bytes": deliveries[0].bytes,
        "rounds": rounds,
        "contenders": list(contenders),
        "rosters": contents,
        "medians": _medians(cells, deliveries, contenders),
        "cells": cells,
    }


def _round(
    server: Server, folder: Path, number: int, deliveries: Sequence[Delivery], contenders: Sequence[str]
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Every night once, from empty tables; who goes first changes from night to night."""
    for contender in contenders:
        server.renew(contender)
        server.rest(contender)
    for place, delivery in enumerate(deliveries):
        turn = (number + place) % len(contenders)
        left: dict[str, Any] = {}
        for contender in (*contenders[turn:], *contenders[:turn]):
            cell = _measure(server, contender, delivery, folder)
            left[contender] = server.content(contender)
            server.rest(contender)
            yield cell | {"round": number}, left[contender]["active"]
        compare(delivery.name, left)
    shutil.rmtree(folder / "home", ignore_errors=True)


def _measure(server: Server, contender: str, delivery: Delivery, folder: Path) -> dict[str, Any]:
    order = {"url": server.url(contender), "night": delivery.as_of.isoformat(), "path": str(delivery.path)}
    cell = run_on(server, contender, contender, order, folder)
    named = {"contender": contender, "night": delivery.name}
    return cell | named | {"rows_per_second": delivery.rows / cell["wall"]}


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
