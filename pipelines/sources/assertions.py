"""What sources' layouts and validate tell each other: lines as codes, the claims they make, and the verdict.

A source line is not an entity: it makes claims about several. Everything per line is an integer code into a short
list of distinct values, so that millions of lines cost a few arrays and rules look at values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pandera.pandas import DataFrameSchema

Codes = NDArray[np.int32]
Mask = NDArray[np.bool_]
Index = NDArray[np.intp]

# A person of several roles is known by the first of these.
ROLES = ("teacher", "aide", "staff", "student")


@dataclass(frozen=True)
class Coded:
    """A column: `codes` point into the distinct `values`; -1 where a line says nothing."""

    codes: Codes
    values: pa.Array

    @classmethod
    def silent(cls, size: int) -> Coded:
        """Make a column in which no line says anything."""
        return cls(np.broadcast_to(np.int32(-1), size), pa.array([], pa.string()))


@dataclass(frozen=True)
class Part:
    """The lines of one kind of file: `size` lines from line index `start` on, each column as long.

    `unusable` marks, for a column with such values, the lines whose value broke a rule and says nothing any more.
    """

    name: str
    start: int
    size: int
    columns: Mapping[str, Coded]
    unusable: Mapping[str, Mask] = field(default_factory=dict)

    def column(self, name: str) -> Coded:
        """Give a column, silent when the file has none of that name."""
        return self.columns.get(name) or Coded.silent(self.size)


@dataclass(frozen=True)
class Assertion:
    """What each line of a stretch says about one entity.

    `space` is where `key` points: schools, terms, courses, classes, or a kind of person (student, staff, user).
    `says` holds single-valued attributes; one named like a space refers to it. `sets` holds many-valued references.
    `columns` names the file's column behind the key ("key") and behind each attribute. A claim that does not define
    its entity only refers to it. A `soft` claim's contradictions are settled by majority, not by quarantine. A
    `fallback` claim's role and sets count only where no other claim has any. Of several arrays in a set the first
    come first in the roster.
    """

    entity_type: str
    start: int
    key: Codes
    says: Mapping[str, Codes] = field(default_factory=dict)
    sets: Mapping[str, tuple[Codes, ...]] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    role: NDArray[np.int8] | None = None  # into ROLES; people only
    defines: bool = True
    soft: bool = False
    fallback: bool = False


@dataclass(frozen=True)
class Link:
    """Which person each line puts into which class, and as what.

    `named` marks the lines that mean to name someone, even if nobody can tell whom; None: all of them do.
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
    """Which schools, or which terms, each line belongs to: a line of several is out of scope when all of them are.

    A line that `defines` an unlisted term is not its mistake: it is out of scope.
    """

    entity_type: str
    start: int
    codes: tuple[Codes, ...]
    column: str
    defines: bool = False


@dataclass(frozen=True)
class Rejection:
    """Lines that break a rule, or give cause for a note, which only the layout can see."""

    code: str
    column: str | None
    lines: Index


@dataclass(frozen=True)
class Assertions:
    """All that a delivery claims.

    `keys` are the source ids of each space, `values` the texts behind (space, attribute), `identifiers` the
    district-issued ids where they differ from the keys, null where there is none.
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
        """List the claims about one space."""
        return [assertion for assertion in self.assertions if assertion.entity_type == entity_type]


@dataclass(frozen=True)
class Layout:
    """How a source's tables are understood.

    `schemas` holds one pandera schema per kind of file ("" for the only kind); `conform` makes claims of cleaned
    parts; `covers` names what absence from a delivery may archive; `defines_schools`: a new school comes with its
    own row, so it is no typing mistake; `relaxed` are the severities of rules that this kind of delivery breaks without
    anybody's mistake, such as a class whose teacher is not shared. The district's own settings go before them.
    """

    name: str
    schemas: Mapping[str, DataFrameSchema]
    conform: Callable[[Mapping[str, Part]], Assertions]
    covers: frozenset[str]
    people: tuple[str, ...]
    defines_schools: bool = False
    relaxed: Mapping[str, str] = field(default_factory=dict)

    def part_of(self, file: str) -> str | None:
        """Tell which kind of file a delivered name is, or None when the layout does not read it."""
        if "" in self.schemas:
            return ""
        parts = {part.partition(".")[0].casefold(): part for part in self.schemas}
        return parts.get(file.partition(".")[0].casefold())


@dataclass(frozen=True)
class ReferenceData:
    """What the roster knew before this delivery. None: nothing yet, this is the first load.

    `people` has source_id, status, given_name, family_name and email of the district's users.
    """

    schools: frozenset[str] | None = None
    terms: frozenset[str] | None = None
    people: pa.Table | None = None


@dataclass(frozen=True)
class Finding:
    """One rule broken in one column of one file; `count` is in the rule's unit, `lines` are the first twenty."""

    code: str
    severity: str
    file: str
    column: str | None
    count: int
    lines: tuple[int, ...]


@dataclass(frozen=True)
class Validated:
    """A delivery judged: every received line is accepted, quarantined or out of scope.

    `accepted` holds schools, terms, courses, classes, users and enrollments; `present` the users, classes and
    enrollments that were delivered but not accepted, so that they are not taken for gone; `quarantine` one row per
    quarantined line with its root cause.
    """

    accepted: dict[str, pa.Table]
    present: dict[str, pa.Table]
    quarantine: pa.Table
    findings: tuple[Finding, ...]
    counts: dict[str, int]
    facts: dict[str, Any]
