"""A district's gradebook, invented: polls, quizzes and assignments of its classes, and what its students scored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from sandbox.district import World

_BLANK, _EXCUSED, _FLAGGED = 0.05, 0.01, 0.9
_PLANNED = (  # what a teacher's unit brings, over and over: kind, title, possible points
    ("assignment", "Homework {}", 10),
    ("quiz", "Quiz {}", 20),
    ("poll", "Exit Ticket {}", 1),
    ("assignment", "Lab Report {}: Findings & Errors", 50),
    ("quiz", 'Chapter {} Test, "Part A"', 100),
    ("poll", "Warm-up {}", 5),
    ("assignment", "Essay {}: Draft, then Revision", 40),
    ("assignment", "Proyecto {}: presentación", 25),
)


@dataclass(frozen=True, eq=False)
class Grades:
    """One gradebook on one night: two tables of text, as an app exports them.

    activities: activity_id, kind, class_id, title, points, due, selected
    scores: activity_id, student_id, points, excused
    """

    activities: pd.DataFrame
    scores: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Night:
    """A gradebook a night later, and what is different in it."""

    grades: Grades
    rescored: int
    renamed: str  # an activity's id
    added: str  # an activity's id
    added_scores: int


def invent(world: World, seed: int, activities_per_class: int = 4, classes: int | None = None) -> Grades:
    """Invent a gradebook for the first `classes` of a district, by default for all of them."""
    rng = np.random.default_rng([seed, 11])
    taught = np.arange(len(world.classes) if classes is None else classes)
    at = np.repeat(taught, activities_per_class)
    number = np.tile(np.arange(activities_per_class), len(taught))
    activities = _plan(world, at, number, rng)
    student, sits_in = _seats(world, len(taught))
    # Each seat scores in each of its class's activities, which stand beside each other.
    activity = (sits_in[:, None] * activities_per_class + np.arange(activities_per_class)).ravel()
    return Grades(activities, _score(world, activities, activity, np.repeat(student, activities_per_class), rng))


def evolve(world: World, grades: Grades, seed: int, rescored: int = 10) -> Night:
    """Let a night go by: some scores are corrected, one activity is renamed, and one is new."""
    rng = np.random.default_rng([seed, 12])
    activities, scores = grades.activities.copy(), grades.scores.copy()
    scored = np.flatnonzero(scores["points"].to_numpy() != "")
    chosen = rng.choice(scored, size=min(rescored, len(scored)), replace=False)
    points = scores["points"].to_numpy(object).copy()
    points[chosen] = [f"{float(told) + 0.25:g}" for told in points[chosen]]
    scores["points"] = points
    renamed = int(rng.integers(len(activities)))
    title = activities.columns.get_loc("title")
    activities.iloc[renamed, title] = f"{activities.iloc[renamed, title]} (corrected)"
    added, more = _add(world, activities, rng)
    return Night(
        grades=Grades(pd.concat([activities, added], ignore_index=True), pd.concat([scores, more], ignore_index=True)),
        rescored=len(chosen),
        renamed=str(activities["activity_id"].iloc[renamed]),
        added=str(added["activity_id"].iloc[0]),
        added_scores=len(more),
    )


def write(grades: Grades, folder: Path) -> list[Path]:
    """Write activities.csv and scores.csv."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, frame in (("activities", grades.activities), ("scores", grades.scores)):
        paths.append(folder / f"{name}.csv")
        table = pa.table({column: pa.array(frame[column], pa.string()) for column in frame.columns})
        pyarrow.csv.write_csv(table, paths[-1], pyarrow.csv.WriteOptions(quoting_style="needed"))
    return paths


def _plan(world: World, at: np.ndarray, number: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    which = (number + at) % len(_PLANNED)
    class_id = world.classes["class_id"].to_numpy(object)[at]
    began = date.fromisoformat(world.terms["begins"].iloc[0])
    due = [_due(began + timedelta(days=int(n) * 7 + 4), int(row)) for n, row in zip(number, at, strict=True)]
    return pd.DataFrame(
        {
            "activity_id": [f"{name}-A{n + 1:03d}" for name, n in zip(class_id, number, strict=True)],
            "kind": np.array([kind for kind, _, _ in _PLANNED], dtype=object)[which],
            "class_id": class_id,
            "title": [_PLANNED[k][1].format(n + 1) for k, n in zip(which, number, strict=True)],
            "points": np.array([str(points) for _, _, points in _PLANNED], dtype=object)[which],
            "due": due,
            "selected": np.where(rng.random(len(at)) < _FLAGGED, "true", "false").astype(object),
        }
    )


def _due(day: date, row: int) -> str:
    """Some apps tell a day, some a moment, some nothing."""
    if row % 5 == 4:
        return ""
    return day.isoformat() if row % 2 else datetime.combine(day, time(21, 30), UTC).isoformat()


def _seats(world: World, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Who sits in which of the first classes: rows of students and of classes."""
    there = world.students["present"].to_numpy(bool) & ~world.students["refused"].to_numpy(bool)
    student, slot = np.nonzero((world.enrolled >= 0) & (world.enrolled < classes) & there[:, None])
    return student, world.enrolled[student, slot]


def _score(
    world: World, activities: pd.DataFrame, activity: np.ndarray, student: np.ndarray, rng: np.random.Generator
) -> pd.DataFrame:
    possible = activities["points"].astype(int).to_numpy()[activity]
    share = np.clip(rng.normal(0.8, 0.15, len(activity)), 0, 1.05)  # a few earn extra credit
    quarters = np.rint(share * possible * 4).astype(int)
    words = np.array([f"{n / 4:g}" for n in range(int(quarters.max(initial=0)) + 1)], dtype=object)
    fate = rng.random(len(activity))
    excused = fate < _EXCUSED
    silent = fate < _EXCUSED + _BLANK
    return pd.DataFrame(
        {
            "activity_id": activities["activity_id"].to_numpy(object)[activity],
            "student_id": world.students["student_id"].to_numpy(object)[student],
            "points": np.where(silent, "", words[quarters]),
            "excused": np.where(excused, "true", "false").astype(object),
        }
    )


def _add(world: World, activities: pd.DataFrame, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    row = int(np.flatnonzero(world.classes["class_id"].to_numpy() == activities["class_id"].iloc[0])[0])
    number = int((activities["class_id"] == activities["class_id"].iloc[0]).sum())
    added = _plan(world, np.array([row]), np.array([number]), rng)
    student, sits_in = _seats(world, row + 1)
    student = student[sits_in == row]
    return added, _score(world, added, np.zeros(len(student), dtype=int), student, rng)
