"""Define what a gradebook source returns: activities of classes, and the students' scores in them."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.sources.tables import Table

ACTIVITIES = ("activity_id", "kind", "class_id", "title", "points", "due", "selected")
SCORES = ("activity_id", "student_id", "points", "excused")
OPTIONAL = frozenset({"kind", "due", "selected", "excused"})  # an assignment, no date, not selected, not excused


@dataclass(frozen=True)
class Book:
    """The tables of one delivery, with the columns named above as text, each row with its `line`.

    `class_id` and `student_id` are ids of a roster source, or the district's own ids.
    """

    activities: tuple[Table, ...]
    scores: tuple[Table, ...]
