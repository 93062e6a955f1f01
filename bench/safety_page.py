"""The section of docs/performance.md on safe nights, from what `python -m bench.safety` kept."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import Any

from bench.markdown import shared, table


def keep(found: Mapping[str, Any], results: Path) -> None:
    """Keep what undo and the like cost; a later run of the same size replaces it."""
    (results / "safety").mkdir(parents=True, exist_ok=True)
    path = results / "safety" / f"{found['rows']}.json"
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def pages(results: Path) -> Iterator[str]:
    """Everything that was kept, the smallest roster first."""
    for path in sorted((results / "safety").glob("*.json"), key=lambda path: int(path.stem)):
        found = json.loads(path.read_text(encoding="utf-8"))
        machine = found["machine"]
        yield f"### {found['rows']:,} enrollments"
        yield ""
        yield f"`{found['command']}`, {found['began']}, commit {found['revision']}."
        yield (
            f"{machine['cpu']}, {machine['cores']} cores; load average before "
            f"{', '.join(str(load) for load in machine['load_before'])}{shared(machine)}."
        )
        yield ""
        yield from lines(found)


def lines(found: Mapping[str, Any]) -> Iterator[str]:
    """What was done, a row each; then what the new checks cost, a row per transaction with and without each of them."""
    yield from table(
        ("what", "s", "of it the transaction s", "rows", "CPU s", "peak MB"),
        [
            (
                one["what"],
                f"**{one['seconds']:.2f}**",
                "" if one["transaction"] is None else f"{one['transaction']:.2f}",
                f"{one['rows']:,}",
                f"{one['cpu']:.2f}",
                f"{one['peak_mb']:.0f}",
            )
            for one in found["measured"]
        ],
    )
    yield from _compared(found)


def _compared(found: Mapping[str, Any]) -> Iterator[str]:
    body = []
    for night in dict.fromkeys(cell["night"] for cell in found["compared"]):
        cells = [cell for cell in found["compared"] if cell["night"] == night]
        as_it_is = [cell for cell in cells if not cell["without"]]
        for without in dict.fromkeys(cell["without"] for cell in cells):
            those = [cell for cell in cells if cell["without"] == without]
            ratios = [
                f"{median(c[one] for c in as_it_is) / median(c[one] for c in those):.2f}" if without else ""
                for one in ("transaction", "cpu")
            ]
            seconds = [cell["transaction"] for cell in those]
            body.append(
                (
                    night,
                    f"without {without}" if without else "as it is",
                    f"{median(seconds):.2f}",
                    f"{min(seconds):.2f}-{max(seconds):.2f}",
                    f"{median(cell['cpu'] for cell in those):.2f}",
                    *ratios,
                )
            )
    yield from table(("merge of", "", "transaction s", "min-max", "CPU s", "as it is / without", "by CPU"), body)
