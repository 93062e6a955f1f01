"""A synced district with a gradebook: its two exported files, and the runs that collect them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pipelines.runs import Counts, Run
from pipelines.runs.request import ExportRequest
from tests.town import FIRST, Town

ACTIVITIES = "activity_id,kind,class_id,title,points,due,selected"
SCORES = "activity_id,student_id,points,excused"


@dataclass(frozen=True)
class Graded:
    """A district whose app exports activities.csv and scores.csv each night, under the same names."""

    town: Town

    def settle(self, **facts: Any) -> None:
        """Write settings that name the two files."""
        source = {"kind": "grade_file", "completeness": {"settle_seconds": 0}}
        source |= {name: str(self.drop / f"{name}.csv") for name in ("activities", "scores")}
        self.town.settle(gradebook={"sources": [source | facts]}, timezone="America/Chicago")

    @property
    def drop(self) -> Path:
        return self.town.folder / "grades"

    def deliver(self, activities: Sequence[str], scores: Sequence[str]) -> None:
        """Write the two files: a line each."""
        self.drop.mkdir(exist_ok=True)
        for name, header, lines in (("activities", ACTIVITIES, activities), ("scores", SCORES, scores)):
            (self.drop / f"{name}.csv").write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")

    def begin(self, as_of: date = FIRST) -> Run:
        """Start a run of an export of grades, and return the run."""
        from pipelines import runs

        request = ExportRequest(district_id=self.town.district_id, as_of=as_of)
        return runs.load(runs.start(request, "gradebook"))

    def collect(self, as_of: date = FIRST) -> Counts:
        """Collect the files of a date; return the counts without zeros."""
        from pipelines.grades.collect import collect
        from pipelines.settings import load_district

        counts = collect(self.begin(as_of), load_district(self.town.district_id))
        return {name: count for name, count in counts.items() if count}

    def night(self, activities: Sequence[str], scores: Sequence[str], as_of: date = FIRST) -> Counts:
        """Deliver the files, and collect them."""
        self.deliver(activities, scores)
        return self.collect(as_of)

    def seats(self) -> list[tuple[str, str]]:
        """Return a class and one of its students for each class, by the ids that the SIS exports."""
        return self.town.ask(
            "select distinct on (e.class_id) c.source_id, u.identifier from roster.enrollments e"
            " join roster.links c on c.entity = 'classes' and c.id = e.class_id join roster.users u using (user_id)"
            " where e.role = 'student' order by e.class_id, u.identifier"
        )

    def quarantined(self) -> set[tuple[str, int, str]]:
        """Return what the newest run quarantined: file, line, code."""
        newest = "select max(run_id) from runs.runs"
        return set(self.town.ask(f"select file, line, code from runs.quarantine where run_id = ({newest})"))

    def scores(self) -> dict[tuple[str, str], tuple[Any, bool]]:
        """Return the stored scores: activity and student → points, and whether the student is excused."""
        rows = self.town.ask(
            "select a.source_id, u.identifier, s.points, s.excused from gradebook.scores s"
            " join gradebook.activities a using (activity_id) join roster.users u using (user_id)"
        )
        return {(activity, student): (points, excused) for activity, student, points, excused in rows}
