"""The roster's entities and their columns, declared once, in the order of their references.

A class needs its school; an enrollment needs its class and its user. The accepted tables and the SQL statements of plan
and merge are filled in from these declarations.
"""

from __future__ import annotations

from dataclasses import dataclass

# The columns that record a row's origin and history; every table of the roster has them.
RECORD = ("origin", "source", "status", "as_of", "run_id", "archived_on")


@dataclass(frozen=True)
class Entity:
    """A table of the roster: `key` identifies a row, a source fills `attributes`, and Rollbook fills `own`.

    The `ruled` attributes have rules of their own, such as references and sets: the statements of plan name them one by
    one. All others are `plain`: the roster takes them as delivered.
    """

    name: str
    key: tuple[str, ...]
    attributes: tuple[str, ...]
    ruled: frozenset[str] = frozenset()
    own: tuple[str, ...] = ()

    @property
    def plain(self) -> tuple[str, ...]:
        """Return the attributes without a rule of their own."""
        return tuple(name for name in self.attributes if name not in self.ruled)

    @property
    def columns(self) -> tuple[str, ...]:
        """Return every column of the table."""
        return ("district_id", *self.key, *self.attributes, *self.own, *RECORD)


DECLARED = {
    entity.name: entity
    for entity in (
        Entity("schools", ("school_id",), ("name",), ruled=frozenset({"name"})),
        Entity(
            "terms",
            ("term_id",),
            ("title", "begin_date", "end_date"),
            ruled=frozenset({"begin_date", "end_date"}),
        ),
        Entity("courses", ("course_id",), ("title", "code", "school_id"), ruled=frozenset({"code", "school_id"})),
        Entity(
            "classes",
            ("class_id",),
            ("title", "period", "school_id", "course_id", "term_ids"),
            ruled=frozenset({"school_id", "course_id", "term_ids"}),
        ),
        Entity(
            "users",
            ("user_id",),
            ("identifier", "role", "given_name", "family_name", "email", "grade", "school_ids"),
            ruled=frozenset({"identifier", "role", "email", "school_ids"}),
            own=("invitation",),
        ),
        Entity("enrollments", ("class_id", "user_id", "role"), ("is_primary", "begin_date", "end_date")),
    )
}
ALL = tuple(DECLARED)
ENTITIES = ALL[:-1]  # the entities with an id of their own
