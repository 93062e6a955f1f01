"""The section of docs/performance.md on pages, from what `python -m bench.pages` kept."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from bench.markdown import shared, table

AIM = 300  # milliseconds, of the median


def keep(found: Mapping[str, Any], results: Path) -> None:
    """Keep what pages took; a later run of the same size replaces it."""
    (results / "pages").mkdir(parents=True, exist_ok=True)
    path = results / "pages" / f"{found['rows']}.json"
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def pages(results: Path) -> Iterator[str]:
    """Everything that was kept, the smallest district first."""
    for path in sorted((results / "pages").glob("*.json"), key=lambda path: int(path.stem)):
        found = json.loads(path.read_text(encoding="utf-8"))
        machine = found["machine"]
        yield f"### {found['rows']:,} enrollments"
        yield ""
        yield f"`{found['command']}`, {found['began']}, commit {found['revision']}, each page {found['asks']} times."
        yield (
            f"{machine['cpu']}, {machine['cores']} cores; load average before "
            f"{', '.join(str(load) for load in machine['load_before'])}{shared(machine)}."
        )
        yield ""
        yield from lines(found)


def lines(found: Mapping[str, Any]) -> Iterator[str]:
    """A row per page: its median and 95th percentile, at rest and beside a sync, and whether the aim is met."""
    whens = [*found["measured"]]
    header = ["page", *(f"{when}, {what}" for when in whens for what in ("median ms", "95 % ms")), f"≤ {AIM}"]
    body = []
    for name in found["measured"][whens[0]]:
        of = [found["measured"][when][name] for when in whens]
        worst = max(median(one) for one in of)
        cells = [cell for one in of for cell in (f"**{median(one):.0f}**", f"{_high(one):.0f}")]
        body.append((name, *cells, "met" if worst <= AIM else "missed"))
    yield from table(header, body)


def _high(taken: list[float]) -> float:
    return quantiles(taken, n=20)[-1] if len(taken) > 1 else taken[0]
