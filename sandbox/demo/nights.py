"""The nights of all districts, one after the other, triggered as an engineer would; and what became of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import requests

from pipelines import runs
from sandbox.demo import rest, world
from sandbox.demo.rest import DagRun
from sandbox.demo.services import Airflow, DemoError
from sandbox.demo.world import DEMOS, Demo, Night
from sandbox.vendors.handle import Sandbox

NIGHT_SECONDS = 240
_CHANGED = 2  # the night whose files differ from the one before


@dataclass(frozen=True)
class Told:
    """One district's night: what Airflow and Rollbook say of it."""

    demo: Demo
    night: Night
    run_id: int
    status: str
    counts: Mapping[str, int]
    seconds: float
    problem: str | None  # None when the night ended as it should
    error: str | None = None  # what a night that failed says


def sync(airflow: Airflow, session: requests.Session, nights: tuple[Night, ...], vendors: Sandbox) -> Iterator[Told]:
    """Let each night pass for all districts side by side, and tell how each ended."""
    for demo in DEMOS:
        rest.wait_for_dag(airflow, session, _dag_id(demo))
    for night in nights:
        _serve(night, vendors)
        begun = {demo: _begin(airflow, session, demo, night) for demo in DEMOS}
        for demo, dag_run_id in begun.items():
            ended = rest.wait_for_run(airflow, session, _dag_id(demo), dag_run_id, NIGHT_SECONDS)
            yield _tell(airflow, session, demo, night, ended)


def _serve(night: Night, vendors: Sandbox) -> None:
    """Let the vendors' night pass when the files' does, and let one of them be away on its night."""
    for district_id in world.served():
        if night.number == _CHANGED:
            vendors.pass_night(percent=world.CHANGED_PERCENT, district=district_id)
    for demo in DEMOS:
        if demo.away == night.number:
            vendors.fault("503", server=demo.kind, times=None)


def _begin(airflow: Airflow, session: requests.Session, demo: Demo, night: Night) -> str:
    as_of = night.as_of.isoformat()
    return rest.trigger(airflow, session, _dag_id(demo), {"as_of": as_of}, note=f"{night.label}: the run for {as_of}")


def _tell(airflow: Airflow, session: requests.Session, demo: Demo, night: Night, ended: DagRun) -> Told:
    run_id = rest.result_of(airflow, session, ended, "extract", "run_id")
    if run_id is None:
        raise DemoError(rest.error_of(airflow, session, ended))
    run = runs.load(int(run_id))
    error = None if ended.state == "success" else rest.error_of(airflow, session, ended)
    problem = error
    if run.status == night.expects(demo) == "failed":
        problem = None if runs.newest_night(demo.district_id) == run.as_of else "a night that failed changed the roster"
    elif run.status != night.expects(demo):
        problem = error or f"{ended.dag_id} ended as {run.status}; expected: {night.expects(demo)}"
    return Told(demo, night, run.run_id, run.status, _whole(run.counts), ended.seconds, problem, error)


def _whole(counts: Mapping[str, Any]) -> dict[str, int]:
    """The run's counts, with all rows written as one."""
    return dict(counts) | {"written": sum(count for name, count in counts.items() if name.startswith("applied."))}


def _dag_id(demo: Demo) -> str:
    return f"roster_nightly__{demo.district_id}"
