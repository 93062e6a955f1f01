"""Rollbook: the whole night, eight steps, as `rollbook sync` performs it."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

from bench import DISTRICT
from pipelines import roster
from pipelines.runs.request import NightRequest
from pipelines.sources import sis_file

IMPORTED = (roster, sis_file)  # the source's module is otherwise imported within the first step
STATUS = {"applied", "unchanged"}


def prepare(url: str) -> None:
    """Name the warehouse; the district's settings stand in ROLLBOOK_CONFIG already."""
    os.environ["ROLLBOOK_WAREHOUSE_URL"] = url


def sync(_url: str, night: date, _path: Path) -> dict[str, float]:
    """Sync the night; return the seconds of each step."""
    outcomes = roster.sync(NightRequest(district_id=DISTRICT, as_of=night))
    if outcomes[-1].status not in STATUS:
        raise SystemExit(f"the night ended as {outcomes[-1].status}")
    return {outcome.step: outcome.seconds for outcome in outcomes}
