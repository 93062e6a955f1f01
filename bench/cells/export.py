"""One export of grades."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import date
from typing import Any

from bench import DISTRICT
from pipelines import gradebook, runs
from pipelines.review.holds import waiting
from pipelines.runs.request import ExportRequest


def prepare(order: Mapping[str, Any]) -> None:
    """Connect once."""
    waiting(DISTRICT)


def work(order: Mapping[str, Any]) -> dict[str, Any]:
    """Export the district's grades as of a date; seconds of collect and of the rest, status, counts."""
    run_id = gradebook.start(ExportRequest(district_id=DISTRICT, as_of=date.fromisoformat(order["as_of"])))
    began = time.monotonic()
    gradebook.perform("collect", run_id)
    collected = time.monotonic()
    gradebook.export(run_id)
    night = runs.load(run_id)
    spent = {"collect": collected - began, "export": time.monotonic() - collected}
    return {**spent, "status": night.status, "counts": night.counts}
