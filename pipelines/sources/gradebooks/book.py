"""What a gradebook source brings: a class's activities, and what its students scored in them."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.sources.tables import Table

ACTIVITIES = ("activity_id", "kind", "class_id", "title", "points", "due", "selected")
SCORES = ("activity_id", "student_id", "points", "excused")
OPTIONAL = frozenset({"kind", "due", "selected", "excused"})  # an assignment without a date, not selected, not excused


@dataclass(frozen=True)
class Book:
    """The tables of one delivery, with the columns named above as text, each row with its `line`.

    `class_id` and `student_id` are the ids by which a roster source knows them, or the district's own.
    """

    activities: tuple[Table, ...]
    scores: tuple[Table, ...]
