"""Safe nights, from what `python -m bench.safety` measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import median
from typing import Any

from bench.markdown import table

SIZE = "rows"
_MEASURES = ("what", "wall", "transaction", "rows", "cpu", "peak_mb")


def summary(found: Mapping[str, Any]) -> dict[str, Any]:
    """What each thing cost; of the merges with and without each check, the medians."""
    merges: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for cell in found["compared"]:
        merges.setdefault((cell["night"], cell["without"]), []).append(cell)
    compared = []
    for (night, without), cells in merges.items():
        seconds = [cell["transaction"] for cell in cells]
        told = {"transaction": median(seconds), "min": min(seconds), "max": max(seconds)}
        compared.append({"night": night, "without": without, **told, "cpu": median(cell["cpu"] for cell in cells)})
    measured = [{name: one[name] for name in _MEASURES} for one in found["measured"]]
    return {"rows": found["rows"], "measured": measured, "compared": compared}


def title(kept: Mapping[str, Any]) -> str:
    """How much it was."""
    return f"{kept['rows']:,} enrollments"


def lines(kept: Mapping[str, Any]) -> Iterator[str]:
    """What was done, a row each; then what the new checks cost, a row per transaction with and without each of them."""
    yield from table(
        ("what", "s", "of it the transaction s", "rows", "CPU s", "peak MB"),
        [
            (
                one["what"],
                f"**{one['wall']:.2f}**",
                "" if one["transaction"] is None else f"{one['transaction']:.2f}",
                f"{one['rows']:,}",
                f"{one['cpu']:.2f}",
                f"{one['peak_mb']:.0f}",
            )
            for one in kept["measured"]
        ],
    )
    yield from _compared(kept)


def _compared(kept: Mapping[str, Any]) -> Iterator[str]:
    as_it_is = {one["night"]: one for one in kept["compared"] if not one["without"]}
    body = [
        (
            of["night"],
            f"without {of['without']}" if of["without"] else "as it is",
            f"{of['transaction']:.2f}",
            f"{of['min']:.2f}-{of['max']:.2f}",
            f"{of['cpu']:.2f}",
            *(f"{as_it_is[of['night']][one] / of[one]:.2f}" if of["without"] else "" for one in ("transaction", "cpu")),
        )
        for of in sorted(kept["compared"], key=lambda of: list(as_it_is).index(of["night"]))
    ]
    yield from table(("merge of", "", "transaction s", "min-max", "CPU s", "as it is / without", "by CPU"), body)
