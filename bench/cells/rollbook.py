"""Rollbook: the whole night, eight steps, as `rollbook sync` performs it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from bench import DISTRICT
from pipelines import roster
from pipelines.runs.request import NightRequest
from pipelines.sources import sis_file

IMPORTED = (roster, sis_file)  # the source's module is otherwise imported within the first step
STATUS = {"applied", "unchanged"}


def prepare(order: Mapping[str, Any]) -> None:
    """Nothing is needed beforehand: warehouse and settings are named by the environment."""


def work(order: Mapping[str, Any]) -> dict[str, Any]:
    """Sync the night; return the seconds of each step."""
    outcomes = roster.sync(NightRequest(district_id=DISTRICT, as_of=date.fromisoformat(order["night"])))
    if outcomes[-1].status not in STATUS:
        raise SystemExit(f"the night ended as {outcomes[-1].status}")
    return {"steps": {outcome.step: outcome.seconds for outcome in outcomes}}
