"""The roster's entities and their columns, declared once; in the order of their references.

A class needs its school, an enrollment both its ends. The statements of merge are filled in from here.
"""

from __future__ import annotations

from dataclasses import dataclass

# What every row of the roster says of itself.
RECORD = ("origin", "source", "status", "as_of", "run_id", "archived_on")


@dataclass(frozen=True)
class Entity:
    """A table of the roster: the columns that tell its rows apart, those that a source fills, those that we fill."""

    name: str
    key: tuple[str, ...]
    attributes: tuple[str, ...]
    own: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column of the table."""
        return ("district_id", *self.key, *self.attributes, *self.own, *RECORD)


DECLARED = {
    entity.name: entity
    for entity in (
        Entity("schools", ("school_id",), ("name",)),
        Entity("terms", ("term_id",), ("title", "begin_date", "end_date")),
        Entity("courses", ("course_id",), ("title", "code", "school_id")),
        Entity("classes", ("class_id",), ("title", "period", "school_id", "course_id", "term_ids")),
        Entity(
            "users",
            ("user_id",),
            ("identifier", "role", "given_name", "family_name", "email", "grade", "school_ids"),
            own=("invitation",),
        ),
        Entity("enrollments", ("class_id", "user_id", "role"), ("is_primary", "begin_date", "end_date")),
    )
}
ALL = tuple(DECLARED)
ENTITIES = ALL[:-1]  # each with an id of its own
