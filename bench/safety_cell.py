"""One thing that safety is about, in a process of its own. Prints what it cost as one JSON object."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from bench import DISTRICT
from bench.meter import TimedImport, peak_megabytes


def main(order: Mapping[str, Any]) -> dict[str, Any]:
    """Do as ordered; Great Expectations, imported within a night, is not counted."""
    expectations = TimedImport("great_expectations")
    act = _ACTS[order["do"]]
    act(order, dry=True)  # what is imported first, and the first connection, is not the work's
    wall, cpu = time.monotonic(), time.process_time()
    told = act(order, dry=False)
    return {
        "seconds": time.monotonic() - wall - expectations.wall,
        "client_cpu": time.process_time() - cpu - expectations.cpu,
        "peak_mb": peak_megabytes(),
        "transaction": None,
    } | told


def _night(order: Mapping[str, Any], *, dry: bool) -> dict[str, Any]:
    """A whole night; `until` a step, or from it on, where those of a run are done one after the other."""
    from pipelines import roster
    from pipelines.runs.request import NightRequest

    if dry:
        return _ready()
    run_id = order.get("run_id") or roster.start(
        NightRequest(district_id=DISTRICT, as_of=date.fromisoformat(order["on"]), path=order["path"])
    )
    return _told(run_id, [roster.perform(step, run_id) for step in order["steps"]])


def _undo(order: Mapping[str, Any], *, dry: bool) -> dict[str, Any]:
    from pipelines.operations.undo import undo_run

    if dry:
        return _ready()
    outcomes = undo_run(order["run_id"], "bench")
    return _told(outcomes[0].run_id, outcomes)


def _look(order: Mapping[str, Any], *, dry: bool) -> dict[str, Any]:
    from pipelines.operations import as_of

    if dry:
        return _ready()
    look = as_of.members if order["do"] == "class" else as_of.school_members
    return {"rows": len(look(DISTRICT, date.fromisoformat(order["on"]), order["id"]))}


def _ready() -> dict[str, Any]:
    from pipelines.review.holds import waiting

    waiting(DISTRICT)
    return {}


def _told(run_id: int, outcomes: list[Any]) -> dict[str, Any]:
    counts = {name: count for one in outcomes if one.step == "merge" for name, count in one.counts.items()}
    rows = sum(count for name, count in counts.items() if name.startswith(("applied.", "undone")))
    steps = {one.step: one.seconds for one in outcomes}
    return {"run_id": run_id, "rows": rows, "steps": steps, "transaction": steps.get("merge")}


_ACTS: dict[str, Callable[..., dict[str, Any]]] = {"night": _night, "undo": _undo, "class": _look, "school": _look}


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
