"""A step's story in its log: counts, seconds, and rows per second where rows went through it."""

from __future__ import annotations

import logging

from pipelines.runs import Counts

log = logging.getLogger(__name__)

# The counts that are a step's rows.
_ROWS = {"validate": "received", "stage": "staged.", "plan": "planned.", "merge": "applied.", "audit": "audited.rows"}


def tell(step: str, counts: Counts, seconds: float) -> None:
    """Tell what a step counted and how long it took."""
    told = ", ".join(f"{name} {count:,}" for name, count in counts.items() if count)
    rows = sum(count for name, count in counts.items() if name.startswith(_ROWS.get(step, "-")))
    speed = f", {rows / max(seconds, 1e-3):,.0f} rows/s" if rows else ""
    log.info("%s: %s (%.2f s%s)", step, told or "nothing", seconds, speed)
