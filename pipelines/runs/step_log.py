"""The log line of a step: counts, seconds, and rows per second if the step processed rows."""

from __future__ import annotations

import logging

from pipelines.runs import Counts

log = logging.getLogger(__name__)

# The prefix of the counts that are a step's rows, by step.
_ROWS = {"validate": "received", "stage": "staged.", "plan": "planned.", "merge": "applied.", "audit": "audited.rows"}


def write(step: str, counts: Counts, seconds: float) -> None:
    """Log a step's counts and seconds."""
    listed = ", ".join(f"{name} {count:,}" for name, count in counts.items() if count)
    rows = sum(count for name, count in counts.items() if name.startswith(_ROWS.get(step, "-")))
    speed = f", {rows / max(seconds, 1e-3):,.0f} rows/s" if rows else ""
    log.info("%s: %s (%.2f s%s)", step, listed or "nothing", seconds, speed)
