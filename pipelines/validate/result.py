"""What validate compares a delivery with, and what it returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa


@dataclass(frozen=True)
class ReferenceData:
    """What the roster held before this delivery. A field is None if it held nothing: this is the first load.

    `people` has source_id, status, given_name, family_name and email of the district's users.
    """

    schools: frozenset[str] | None = None
    terms: frozenset[str] | None = None
    people: pa.Table | None = None


@dataclass(frozen=True)
class Finding:
    """One rule broken in one column of one file. `count` is in the rule's unit; `lines` are the first twenty."""

    code: str
    severity: str
    file: str
    column: str | None
    count: int
    lines: tuple[int, ...]


@dataclass(frozen=True)
class Validated:
    """The result of validation: every received line is accepted, quarantined or out of scope.

    `accepted` holds schools, terms, courses, classes, users and enrollments. `present` holds the users, classes and
    enrollments that were delivered but not accepted, so that the plan does not treat them as absent. `quarantine` has
    one row per quarantined line, with its root cause.
    """

    accepted: dict[str, pa.Table]
    present: dict[str, pa.Table]
    quarantine: pa.Table
    findings: tuple[Finding, ...]
    counts: dict[str, int]
    facts: dict[str, Any]
