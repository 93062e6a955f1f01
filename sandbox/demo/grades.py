"""The demo's grades: a gradebook comes by OneRoster and goes to Canvas, with a student in every state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import requests
from rich.console import Console
from rich.markdown import Markdown

from pipelines import runs
from pipelines.grades import report
from pipelines.settings import load_district
from sandbox import district
from sandbox.demo import rest
from sandbox.demo.services import Airflow, DemoError
from sandbox.demo.vendors import connection_id
from sandbox.vendors.handle import Sandbox

DISTRICT = "waverly"
DAG = f"gradebook_export__{DISTRICT}"
_CLASSES = 3  # an export of three classes shows all there is to see
_SECONDS = 240
_STATES = {"SYNCED", "NOT_SYNCED", "NOT_FOUND", "ERROR"}


def settings(students: int) -> dict[str, Any]:
    """What the district's settings say of grades: three classes' activities, each a section of a Canvas course."""
    chosen = {class_id: {"select": "all"} for class_id in _world(students).classes["class_id"].iloc[:_CLASSES]}
    canvas = {"connection": connection_id("canvas", DISTRICT), "course_map": "sis_section_id", "select": "none"}
    source = {"kind": "classlink", "connection": connection_id("classlink", DISTRICT)}
    return {
        "gradebook": {"sources": [source]},
        "canvas": canvas | {"classes": chosen, "support": "help@waverly.example"},
    }


def prepare(vendors: Sandbox, students: int) -> None:
    """Share the gradebook; let one student have dropped a course in Canvas, and another be concluded there."""
    vendors.behave(district=DISTRICT, oneroster_gradebook=True)
    world = _world(students)
    here = np.flatnonzero((world.enrolled == 0).any(axis=1))
    course = 1000 + int(world.classes["course"].iloc[0])
    for row, state in zip(here, ("deleted", "completed"), strict=False):
        vendors.seat(course, 10_000_000 + int(row), state, district=DISTRICT)


def export(airflow: Airflow, session: requests.Session) -> tuple[int, ...]:
    """Export by hand, after the exports that followed the roster's nights; give the numbers of all, oldest first.

    Raises DemoError unless one wrote, the last had nothing left to write, and every state is there.
    """
    rest.wait_for_dag(airflow, session, DAG)
    run_id = rest.trigger(airflow, session, DAG, {}, note="by hand, after the nights")
    ended = rest.wait_for_run(airflow, session, DAG, run_id, _SECONDS)
    if ended.state != "success":
        raise DemoError(rest.error_of(airflow, session, ended))
    done = [one for one in reversed(runs.recent(DISTRICT)) if one["kind"] == "gradebook"]
    statuses = [one["status"] for one in done]
    if "applied" not in statuses[:-1] or statuses[-1] != "unchanged":
        raise DemoError(f"the exports ended as {', '.join(statuses)}; expected: applied first, unchanged last")
    missing = _STATES - {one["state"] for one in facts(done[-1]["run_id"])["reasons"]}
    if missing:
        raise DemoError(f"no student has the state {', '.join(sorted(missing))}")
    return tuple(one["run_id"] for one in done)


def tell(console: Console, exports: tuple[int, ...]) -> None:
    """The completion summary, as `rollbook report` prints it."""
    console.print(Markdown(report.page(facts(exports[-1]))))
    console.print(f"\n{len(exports)} exports of grades: the first wrote the grades, the last had nothing to write.")


def facts(run_id: int) -> Mapping[str, Any]:
    """What an export's summary tells."""
    return report.facts(runs.load(run_id), load_district(DISTRICT).canvas)


def _world(students: int) -> district.World:
    """The district as its vendors hold it on their first night."""
    return district.generate(seed=1, students=students, district=DISTRICT)
