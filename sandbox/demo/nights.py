"""The nights of all districts, one after the other, triggered as an engineer would; and what became of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import requests

from pipelines import runs
from sandbox.demo import rest
from sandbox.demo.rest import DagRun
from sandbox.demo.services import Airflow, DemoError
from sandbox.demo.world import DEMOS, Demo, Night

NIGHT_SECONDS = 240


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


def sync(airflow: Airflow, session: requests.Session, nights: tuple[Night, ...]) -> Iterator[Told]:
    """Let each night pass for all districts side by side, and tell how each ended."""
    for demo in DEMOS:
        rest.wait_for_dag(airflow, session, _dag_id(demo))
    for night in nights:
        begun = {demo: _begin(airflow, session, demo, night) for demo in DEMOS}
        for demo, dag_run_id in begun.items():
            ended = rest.wait_for_run(airflow, session, _dag_id(demo), dag_run_id, NIGHT_SECONDS)
            yield _tell(airflow, session, demo, night, ended)


def _begin(airflow: Airflow, session: requests.Session, demo: Demo, night: Night) -> str:
    as_of = night.as_of.isoformat()
    return rest.trigger(airflow, session, _dag_id(demo), {"as_of": as_of}, note=f"{night.label}: the night of {as_of}")


def _tell(airflow: Airflow, session: requests.Session, demo: Demo, night: Night, ended: DagRun) -> Told:
    run_id = rest.result_of(airflow, session, ended, "extract", "run_id")
    if run_id is None:
        raise DemoError(rest.error_of(airflow, session, ended))
    run = runs.load(int(run_id))
    problem = None
    if ended.state != "success":
        problem = rest.error_of(airflow, session, ended)
    elif run.status != night.expected:
        problem = f"{ended.dag_id} ended as {run.status}, not {night.expected}; see {rest.page_of(airflow, ended)}"
    return Told(demo, night, run.run_id, run.status, _whole(run.counts), ended.seconds, problem)


def _whole(counts: Mapping[str, Any]) -> dict[str, int]:
    """The run's counts, with all rows written as one."""
    return dict(counts) | {"written": sum(count for name, count in counts.items() if name.startswith("applied."))}


def _dag_id(demo: Demo) -> str:
    return f"roster_nightly__{demo.district_id}"
