"""Small charts with one bar per night, as SVG of plain numbers that a stylesheet colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HEIGHT, WIDTH, GAP = 48, 8, 2


@dataclass(frozen=True)
class Bar:
    """One bar of a chart, in the chart's own units."""

    x: int
    y: float
    height: float
    label: str


def bars(labels: Sequence[str], values: Sequence[int]) -> list[Bar]:
    """Return a bar for each value; the largest is as high as the chart. A value above zero is at least 1 high."""
    most = max(values, default=0) or 1
    heights = [max(1.0, HEIGHT * value / most) if value else 0.0 for value in values]
    return [
        Bar(place * (WIDTH + GAP), HEIGHT - height, height, f"{label}: {value:,}")
        for place, (label, value, height) in enumerate(zip(labels, values, heights, strict=True))
    ]
