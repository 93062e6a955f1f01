"""The types that layouts and validate exchange: lines as codes, and the assertions that lines make.

A source line is not an entity: a line makes assertions about several entities. Each cell is stored as an integer code
into a short list of distinct values. So millions of lines need only a few arrays, and a rule reads each value once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pandera.pandas import DataFrameSchema

Codes = NDArray[np.int32]
Mask = NDArray[np.bool_]
Index = NDArray[np.intp]

# If a person has several roles, the first of these is the person's role.
ROLES = ("teacher", "aide", "staff", "student")


@dataclass(frozen=True)
class Coded:
    """A column: `codes` point into the distinct `values`; -1 is null."""

    codes: Codes
    values: pa.Array

    @classmethod
    def all_null(cls, size: int) -> Coded:
        """Return an all-null column of `size` lines."""
        return cls(np.broadcast_to(np.int32(-1), size), pa.array([], pa.string()))


@dataclass(frozen=True)
class Part:
    """The lines of one kind of file: `size` lines from line index `start` on. Each column has `size` lines.

    `unusable` marks the lines whose value broke a rule and became null. Only columns with such lines have an entry.
    """

    name: str
    start: int
    size: int
    columns: Mapping[str, Coded]
    unusable: Mapping[str, Mask] = field(default_factory=dict)

    def column(self, name: str) -> Coded:
        """Return a column; if the file has no column of that name, return an all-null column."""
        return self.columns.get(name) or Coded.all_null(self.size)


@dataclass(frozen=True)
class Assertion:
    """What consecutive lines, from line index `start` on, assert: each line about one entity.

    `entity_type` is the type that `key` points to: schools, terms, courses, classes, or a kind of person (student,
    staff, user). `says` holds single-valued attributes; an attribute with the name of an entity type refers to that
    type. `sets` holds many-valued references. If a set has several arrays, the references of the first array come
    first in the roster. `columns` names the file's column of the key ("key") and of each attribute.

    If `defines` is false, the assertion only refers to its entity. If `soft` assertions contradict each other, the
    majority decides, and no line is quarantined. The role and sets of a `fallback` assertion count only if no other
    assertion has any.
    """

    entity_type: str
    start: int
    key: Codes
    says: Mapping[str, Codes] = field(default_factory=dict)
    sets: Mapping[str, tuple[Codes, ...]] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    role: NDArray[np.int8] | None = None  # indexes of ROLES; people only
    defines: bool = True
    soft: bool = False
    fallback: bool = False


@dataclass(frozen=True)
class Link:
    """Which person each line puts into which class, and in which role.

    `named` marks the lines that are meant to name a person, even if the person can't be identified; None: all lines.
    `days` are the first day and the day after the last, as YYYY-MM-DD (OneRoster's ends are exclusive).
    """

    start: int
    class_key: Codes
    entity_type: str
    user_key: Codes
    role: NDArray[np.int8]
    is_primary: Mask
    named: Mask | None = None
    days: tuple[Coded, Coded] | None = None


@dataclass(frozen=True)
class Belonging:
    """Which schools, or which terms, each line belongs to.

    If a line belongs to several, it is out of scope only when all of them are. If a line `defines` a term that the
    settings do not list, the line has no error: it is out of scope.
    """

    entity_type: str
    start: int
    codes: tuple[Codes, ...]
    column: str
    defines: bool = False


@dataclass(frozen=True)
class Rejection:
    """Lines that break a rule, or cause a note, where only the layout can check the rule."""

    code: str
    column: str | None
    lines: Index


@dataclass(frozen=True)
class Assertions:
    """All assertions of a delivery.

    `keys` are the source ids of each entity type. `values` are the texts of each (entity type, attribute).
    `identifiers` are the district-issued ids where they differ from the keys; null if there is none.
    `related`: lines depend on what other lines define.
    """

    keys: Mapping[str, pa.Array]
    values: Mapping[tuple[str, str], pa.Array]
    assertions: tuple[Assertion, ...]
    links: tuple[Link, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    identifiers: Mapping[str, pa.Array] = field(default_factory=dict)
    scope: tuple[Belonging, ...] = ()
    needs_teachers: bool = False
    related: bool = False

    def about(self, entity_type: str) -> list[Assertion]:
        """Return the assertions about one entity type."""
        return [assertion for assertion in self.assertions if assertion.entity_type == entity_type]


@dataclass(frozen=True)
class Layout:
    """How to interpret a source's tables.

    `schemas` holds one pandera schema per kind of file ("" for the only kind). `conform` makes assertions of cleaned
    parts. `covers` names what absence from a delivery may archive. `defines_schools`: a new school has its own row, so
    it is not a typing error. `relaxed` holds the severities of rules that this kind of delivery breaks without an
    error, such as a class whose teacher is not shared. The district's own settings override them.
    """

    name: str
    schemas: Mapping[str, DataFrameSchema]
    conform: Callable[[Mapping[str, Part]], Assertions]
    covers: frozenset[str]
    people: tuple[str, ...]
    defines_schools: bool = False
    relaxed: Mapping[str, str] = field(default_factory=dict)

    def part_of(self, file: str) -> str | None:
        """Return the kind of file that a delivered name stands for, or None if the layout does not read it."""
        if "" in self.schemas:
            return ""
        parts = {part.partition(".")[0].casefold(): part for part in self.schemas}
        return parts.get(file.partition(".")[0].casefold())
