"""Districts for tests of the pages: with good and failed runs, with grades, and with hostile names."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines.store.engine import dispose
from sandbox import nights
from sandbox.demo import rest
from sandbox.district import World
from sandbox.vendors.serving import serving
from tests.airflow_town import AirflowTown, holds_dag_of
from tests.school import School
from tests.town import Town, world

ROSTER, GRADES, HOSTILE = "lakeside", "bayview", "hostile"
CONNECTION = "canvas_pages"
CANVAS = {"connection": CONNECTION, "course_map": "sis_section_id"}
STUDENTS = 300
QUIET_NIGHTS = 5

# The mark that a script leaves if it runs, names that would run the script, and names that are formulas.
MARKER = "window.harmed=(window.harmed||0)+1"
SCRIPT = f"<script>{MARKER}</script>"
IMAGE = f"\"><img src=x onerror='{MARKER}'>"
TEMPLATE = "{{7*7}}${7*7}"
LINK = f"javascript:{MARKER}"
ATTACKS = (SCRIPT, IMAGE, TEMPLATE, LINK)
FORMULAS = ('=HYPERLINK("https://evil.example")', "+1", "@x", "-2+3", "\t=1+1")


@dataclass(frozen=True)
class Nights:
    """The DAG runs of Airflow, their run numbers, and the run of which a part was held."""

    failed: rest.DagRun
    held: rest.DagRun
    failed_run: int
    held_run: int
    held_night: nights.Night


@dataclass(frozen=True)
class Shown:
    """The parameters of a district's pages: its runs, its export of grades, and a class of the export."""

    district_id: str
    runs: tuple[int, ...]
    export: int
    class_id: str
    others: dict[str, str]


@contextmanager
def by_hand(airflow: AirflowTown, **environment: str) -> Iterator[None]:
    """Set this process's environment to the one of an engineer's command line."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (airflow.airflow.environment | environment).items():
            if name.startswith(("ROLLBOOK_", "AIRFLOW_CONN_")):
                patch.setenv(name, value)
        yield
    dispose()


def quiet_nights(airflow: AirflowTown) -> nights.Night:
    """Sync nights of which nothing is held, and return the next night."""
    town, night = airflow.district(ROSTER), nights.Night(world(students=STUDENTS), {})
    for number in range(QUIET_NIGHTS):
        town.deliver(night.world, dirty=number + 1 if number else None)
        assert airflow.sync(ROSTER, night.world.as_of).status == "applied"
        night = nights.evolve(night.world, seed=number, percent=1)
    return night


def bad_and_held(airflow: AirflowTown, night: nights.Night) -> Nights:
    """Trigger a run that stops by a failed expectation, and a run of which a part is held."""
    town = airflow.district(ROSTER)
    break_off_lines(town.deliver(night.world, dirty=11))
    failed = airflow.trigger(ROSTER, as_of=night.world.as_of.isoformat())
    assert (failed.state, failed.tasks["stage"]) == ("failed", "failed")
    next_one = nights.evolve(night.world, seed=6, percent=30, kinds=("drop", "rename"))
    town.deliver(next_one.world, dirty=12)
    rest.wait_for_dag(airflow.airflow, airflow.session, holds_dag_of(ROSTER))
    held = airflow.trigger(ROSTER, as_of=next_one.world.as_of.isoformat())
    assert (held.state, held.tasks["ask"]) == ("success", "success")
    runs = [run for (run,) in town.ask("select run_id from runs.runs where district_id = %s order by 1", ROSTER)]
    return Nights(failed, held, runs[-2], runs[-1], next_one)


def break_off_lines(files: list[Path]) -> None:
    """Add an unquoted comma to every other line, as an export does whose class names contain commas."""
    (file,) = files
    header, *lines = file.read_text(encoding="utf-8").splitlines()
    broken = [line + ",Jr." if number % 2 else line for number, line in enumerate(lines)]
    file.write_text("\n".join([header, *broken]) + "\n", encoding="utf-8")


@contextmanager
def at_canvas(airflow: AirflowTown, district_id: str, here: World) -> Iterator[School]:
    """Serve a synced district at Canvas, with the class of its first student."""
    with serving(worlds=[here]) as sandbox:
        connection = {
            "conn_type": "canvas",
            "host": sandbox.addresses["canvas"],
            "password": sandbox.first.canvas_token,
        }
        with by_hand(airflow, **{f"AIRFLOW_CONN_{CONNECTION.upper()}": json.dumps(connection)}):
            town = airflow.district(district_id)
            assert town.night(here).status == "applied"
            yield School(town, sandbox, here, int(here.enrolled[0, 0]))


def graded(airflow: AirflowTown) -> Shown:
    """Return a district with a class whose grades are in all four states."""
    with at_canvas(airflow, GRADES, world(students=STUDENTS)) as school:
        return shown(school, grade(school, ("Photosynthesis", "Are you ready?", "My summer")))


def grade(school: School, titles: tuple[str, str, str]) -> int:
    """Give the class scores in all four states, and return the newest export's run."""
    quiz, poll, essay = titles
    everybody = range(len(school.students))
    school.score("quiz", {place: place % 11 for place in everybody}, title=quiz)
    school.score("poll", {place: 1 for place in everybody if place % 3}, title=poll, kind="poll", points=1)
    assert school.export().status == "applied"
    for place, state in {0: "deleted", 1: "completed"}.items():
        school.sandbox.seat(school.course, school.number(place), state)
    school.sandbox.teacher_sets(school.course, school.column(quiz)["id"], school.number(3), excused=True)
    school.score("quiz", {place: 10 for place in everybody if place < 6}, title=quiz)
    essays: dict[int, float | str | None] = {place: 40 + place for place in everybody if place % 4}
    school.score("essay", essays | {everybody[-1]: "excused"}, title=essay, kind="assignment", points=60)
    export = school.export()
    assert export.status == "applied"
    return export.run_id


def hostile_world() -> World:
    """Return a small district whose people, classes and schools have names that are attacks."""
    here = world(students=STUDENTS, schools=1)  # so that more of them sit in one class than there are attacks
    people = here.students.copy()
    classmates = np.flatnonzero((here.enrolled == here.enrolled[0, 0]).any(axis=1))
    for row, name in zip(classmates, (*ATTACKS, *FORMULAS), strict=False):
        people.loc[row, ["first", "last"]] = name
    staff = here.teachers.assign(first=TEMPLATE, last=IMAGE + SCRIPT)
    classes = here.classes.assign(title=SCRIPT + here.classes["title"])
    schools = here.schools.assign(name=IMAGE + LINK + here.schools["name"])
    return replace(here, students=people, teachers=staff, classes=classes, schools=schools)


def attacked(airflow: AirflowTown, facts: dict[str, Any]) -> Shown:
    """Sync two nights of the hostile district: one is applied; the other has quarantined lines and a hold."""
    town, here = airflow.district(HOSTILE), hostile_world()
    town.settle(**facts, sources=[town.source(path=str(town.drop / "{as_of}" / "combined" / "*.csv"))])
    with at_canvas(airflow, HOSTILE, here) as school:
        export = grade(school, (SCRIPT, IMAGE, LINK))
        night = nights.evolve(here, seed=6, percent=30, kinds=("drop",))
        spoil_lines(town.deliver(night.world))
        assert town.sync(night.world.as_of).code == "HOLD_REQUIRED"
        return shown(school, export)


def spoil_lines(files: list[Path]) -> None:
    """Give the file and a column attacks as names, and remove the email of people with such names."""
    (file,) = files
    header, *rows = csv.reader(file.read_text(encoding="utf-8").splitlines())
    first, email = header.index("student_first"), header.index("student_email")
    for row in rows:
        row[email] = SCRIPT if row[first] in (*ATTACKS, *FORMULAS) else row[email]
    with (file.parent / f"{IMAGE}.csv").open("w", encoding="utf-8", newline="") as into:
        csv.writer(into).writerows([[*header, SCRIPT], *([*row, IMAGE] for row in rows)])
    file.unlink()


def shown(school: School, export: int) -> Shown:
    """Return the parameters of the pages of a graded district."""
    town = school.town
    found = town.ask(
        "select run_id from runs.runs where district_id = %s and kind = 'roster' order by 1", town.district_id
    )
    class_id = town.one(
        "select id from roster.links where district_id = %s and entity = 'classes' and source_id = %s",
        town.district_id,
        school.class_id,
    )
    return Shown(town.district_id, tuple(run for (run,) in found), export, str(class_id), somebody(town, str(class_id)))


def somebody(town: Town, class_id: str) -> dict[str, str]:
    """Return a student of a class, and the class's school."""
    query = (
        "select e.user_id::text, c.school_id::text from roster.enrollments as e join roster.classes as c"
        " using (district_id, class_id) where e.district_id = %s and e.class_id = %s and e.role = 'student'"
        " order by 1 limit 1"
    )
    ((user_id, school_id),) = town.ask(query, town.district_id, class_id)
    return {"user_id": user_id, "school_id": school_id}


def addresses(one: Shown, kind: str = "page") -> list[str]:
    """Return every page, or every download, of a district, with existing parameters."""
    from tests.page_routes import pages

    values = {"district_id": one.district_id, "class_id": one.class_id, "name": "rollbook.css", **one.others}
    found = []
    for route in [one.path for one in pages() if one.method == "GET"]:
        runs = [one.export] if route.endswith("/grades") else one.runs
        places = {route.format(**values, run_id=run) for run in (runs if "{run_id}" in route else [0])}
        found += [place + query for place in sorted(places) for query in _QUERIES.get(route, [""])]
    downloads = [place for place in found if ".csv" in place]
    others = [place for place in found if ".csv" not in place and not place.startswith("/assets/")]
    return downloads if kind == "download" else others


_OF_PLAN = [f"?entity={entity}" for entity in ("users", "classes", "enrollments", "courses", "schools", "terms")]
_QUERIES = {
    "/at": ["?dag_id=of_nobody"],
    "/{district_id}/imports": ["", "?q=combined&status=applied", "?q=nothing+like+it"],
    "/{district_id}/people": ["", "?who=students&grade=9&status=all", "?who=staff&origin=local"],
    "/{district_id}/classes/{class_id}": ["", "?on=2026-09-01"],
    "/{district_id}/runs/{run_id}/changes": [*_OF_PLAN, "?entity=users&who=students&action=create"],
    "/{district_id}/runs/{run_id}/plan.csv": _OF_PLAN,
}
