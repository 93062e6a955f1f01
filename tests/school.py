"""A synced district, its grades to be exported, and its Canvas."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from pipelines.errors import RollbookError
from pipelines.runs.request import ExportRequest, UndoRequest
from sandbox.district import World
from sandbox.vendors.handle import Sandbox
from sandbox.vendors.serving import serving
from tests.town import FIRST, Told, Town, world

CONNECTION = "canvas_springfield"
State = tuple[str, str]  # state and reason


@dataclass(frozen=True)
class School:
    """One class of a district in a Canvas course, with the actions that a test performs on its grades.

    Students are named by their position in the class, activities by short names.
    """

    town: Town
    sandbox: Sandbox
    world: World
    class_row: int

    @property
    def class_id(self) -> str:
        """Return the class's id at its source."""
        return str(self.world.classes["class_id"].iloc[self.class_row])

    @property
    def course(self) -> int:
        """Return the number of the class's Canvas course."""
        return 1000 + int(self.world.classes["course"].iloc[self.class_row])

    @property
    def students(self) -> list[str]:
        """Return the ids of the class's students."""
        here = (self.world.enrolled == self.class_row).any(axis=1)
        return [str(one) for one in self.world.students["student_id"][here]]

    def number(self, student: int) -> int:
        """Return a student's number in Canvas."""
        return 10_000_000 + list(self.world.students["student_id"]).index(self.students[student])

    def settle(self, **canvas: Any) -> None:
        """Write the settings; by default classes are sections of Canvas courses."""
        settings = {"connection": CONNECTION, "course_map": "sis_section_id"}
        self.town.settle(canvas=settings | canvas)

    def score(self, activity: str, scores: Mapping[int, float | str | None], **facts: Any) -> None:
        """Write an activity of the class and its students' scores, as an app does; a score may be "excused"."""
        columns = {"title": activity, "kind": "quiz", "points": 10, "selected": True, "due_at": None} | facts
        columns |= {"class": columns.pop("class_id", self.class_id), "id": activity, "district": self.town.district_id}
        with psycopg.connect(dsn(self.town.warehouse)) as connection:
            connection.execute(_ACTIVITY, columns)
            for student, given in scores.items():
                score = {
                    "district": columns["district"],
                    "id": activity,
                    "student": self.students[student],
                    "excused": given == "excused",
                }
                connection.execute(_SCORE, score | {"points": None if given == "excused" else given})

    def export(self, as_of: date = FIRST, **request: Any) -> Told:
        """Export the district's grades, and return the result even if the export fails."""
        return self._perform(ExportRequest(district_id=self.town.district_id, as_of=as_of, **request))

    def undo(self, run_id: int) -> Told:
        """Revert an export, and return the result even if the undo fails."""
        return self._perform(
            UndoRequest(district_id=self.town.district_id, as_of=FIRST, reverts=run_id, by="the registrar")
        )

    def _perform(self, request: ExportRequest | UndoRequest) -> Told:
        from pipelines import gradebook, runs

        stopped, run_id = None, gradebook.start(request)
        try:
            gradebook.export(run_id)
        except RollbookError as error:
            stopped = error
        night = runs.load(run_id)
        return Told(run_id, night.status, night.code, night.counts, stopped)

    def states(self, activity: str) -> dict[int, State]:
        """Return the state and reason of each student in a Canvas assignment."""
        found = self.town.ask(
            "select u.identifier, s.state, s.reason from gradebook.states as s join roster.users as u using (user_id)"
            " join gradebook.activities as a on a.activity_id = s.column_id where a.source_id = %s",
            activity,
        )
        places = {student: place for place, student in enumerate(self.students)}
        return {places[student]: (state, reason) for student, state, reason in found if student in places}

    def column(self, title: str) -> dict[str, Any]:
        """Return the only Canvas assignment of this name in the course."""
        (found,) = [one for one in self.sandbox.columns(self.course) if one["name"] == title and not one["deleted"]]
        return found

    def in_canvas(self, title: str) -> dict[int, float]:
        """Return the scores of a Canvas assignment, by student."""
        marks = self.sandbox.scores(self.course)[self.column(title)["id"]]
        places = {self.number(place): place for place in range(len(self.students))}
        return {places[user]: mark["score"] for user, mark in marks.items() if mark["score"] is not None}

    @contextmanager
    def sandbox_without_ids(self) -> Iterator[None]:
        """Forbid the token to read SIS ids: people are matched by email."""
        self.sandbox.behave(canvas_sis_ids=False)
        self.settle(course_map={self.class_id: str(self.course)})
        yield
        self.sandbox.behave(canvas_sis_ids=True)


@contextmanager
def school(town: Town, here: World | None = None, **behaviour: Any) -> Iterator[School]:
    """Serve the district of `world()`, or another, at Canvas, with the first class of some size chosen."""
    here = here or world()
    with serving(worlds=[here], **behaviour) as sandbox, pytest.MonkeyPatch.context() as patch:
        connection = {
            "conn_type": "canvas",
            "host": sandbox.addresses["canvas"],
            "password": sandbox.first.canvas_token,
        }
        patch.setenv(f"AIRFLOW_CONN_{CONNECTION.upper()}", json.dumps(connection))
        sizes = [(here.enrolled == row).any(axis=1).sum() for row in range(len(here.classes))]
        there = School(town, sandbox, here, next(row for row, size in enumerate(sizes) if size >= 5))
        there.settle()
        yield there


def dsn(url: str) -> str:
    """Return a warehouse's URL as psycopg reads it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


_ACTIVITY = """
insert into gradebook.activities
    (district_id, activity_id, class_id, source, source_id, kind, title, points, due_at, selected)
select %(district)s, roster.make_id(%(district)s, 'activities', 'app', %(id)s), l.id, 'app', %(id)s, %(kind)s,
    %(title)s, %(points)s, %(due_at)s, %(selected)s
from roster.links as l where l.district_id = %(district)s and l.entity = 'classes' and l.source_id = %(class)s
on conflict (district_id, activity_id) do update
    set title = excluded.title, points = excluded.points, selected = excluded.selected, due_at = excluded.due_at
"""
_SCORE = """
insert into gradebook.scores (district_id, activity_id, user_id, points, excused)
select %(district)s, roster.make_id(%(district)s, 'activities', 'app', %(id)s), u.user_id, %(points)s, %(excused)s
from roster.users as u where u.district_id = %(district)s and u.identifier = %(student)s and u.role = 'student'
on conflict (district_id, activity_id, user_id) do update set points = excluded.points, excused = excluded.excused
"""
