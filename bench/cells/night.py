"""A night's steps: all of them, or those before the merge and those from it on, of one run one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from bench import DISTRICT
from pipelines import roster
from pipelines.review.holds import waiting
from pipelines.runs.request import NightRequest


def prepare(order: Mapping[str, Any]) -> None:
    """Connect once."""
    waiting(DISTRICT)


def work(order: Mapping[str, Any]) -> dict[str, Any]:
    """Perform the ordered steps, of a run that is there or of a new one."""
    run_id = order.get("run_id") or roster.start(
        NightRequest(district_id=DISTRICT, as_of=date.fromisoformat(order["on"]), path=order["path"])
    )
    return told(run_id, [roster.perform(step, run_id) for step in order["steps"]])


def told(run_id: int, outcomes: list[Any]) -> dict[str, Any]:
    """The rows that a run wrote or took back, the seconds of its steps, and of its one transaction."""
    counts = {name: count for one in outcomes if one.step == "merge" for name, count in one.counts.items()}
    rows = sum(count for name, count in counts.items() if name.startswith(("applied.", "undone")))
    steps = {one.step: one.seconds for one in outcomes}
    return {"run_id": run_id, "rows": rows, "steps": steps, "transaction": steps.get("merge")}
