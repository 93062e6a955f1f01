"""Pages of the Airflow UI, from what `python -m bench.pages` measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import median, quantiles
from typing import Any

from bench.markdown import table

SIZE = "rows"
AIM = 300  # milliseconds, of the median


def summary(found: Mapping[str, Any]) -> dict[str, Any]:
    """Median and 95th percentile of each page, at rest and beside a sync."""
    measured = {
        when: {name: {"median": median(taken), "high": _high(taken)} for name, taken in pages.items()}
        for when, pages in found["measured"].items()
    }
    return {"rows": found["rows"], "asks": found["asks"], "measured": measured}


def title(kept: Mapping[str, Any]) -> str:
    """How much it was."""
    return f"{kept['rows']:,} enrollments"


def lines(kept: Mapping[str, Any]) -> Iterator[str]:
    """A row per page, and whether it meets the aim in the worse of both."""
    yield f"Each page was asked for {kept['asks']} times."
    yield ""
    whens = [*kept["measured"]]
    header = ["page", *(f"{when}, {what}" for when in whens for what in ("median ms", "95 % ms")), f"≤ {AIM}"]
    body = []
    for name in kept["measured"][whens[0]]:
        of = [kept["measured"][when][name] for when in whens]
        cells = [cell for one in of for cell in (f"**{one['median']:.0f}**", f"{one['high']:.0f}")]
        body.append((name, *cells, "met" if max(one["median"] for one in of) <= AIM else "missed"))
    yield from table(header, body)


def _high(taken: list[float]) -> float:
    return quantiles(taken, n=20)[-1] if len(taken) > 1 else taken[0]
