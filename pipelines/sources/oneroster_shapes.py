"""Convert OneRoster's rows, from CSV files or from a REST service, into the relational layout.

Both deliver tables under the CSV binding's names, with a list as one cell ("a,b"). This module removes tombstones and
the rows that refer to them, and drops guardians. It turns a 1.1 user's role and orgs into rows of roles. It replaces a
session's exclusive end by its last day. Enrollments keep an exclusive end: the day after the last, everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipelines.sources.oneroster_roles import gather_roles, relatives
from pipelines.sources.rows_of_text import Cells, coded, filtered, mapped
from pipelines.sources.tables import Table
from schemas.oneroster import FILES

_TOMBSTONES = frozenset({"tobedeleted", "inactive"})  # the second is 1.0's
_STATUSES = frozenset({"", "active", *_TOMBSTONES})
_TRUTHS = frozenset({"", "true", "false"})
_ABOVE_SCHOOLS = frozenset({"district", "local", "state", "national"})
_WITHIN_TERMS = frozenset({"gradingperiod", "schoolyear"})
_REFERS = {
    "enrollments": (("classSourcedId", "classes"), ("userSourcedId", "users")),
    "roles": (("userSourcedId", "users"),),
    "results": (("lineItemSourcedId", "lineItems"),),
}

Mask = NDArray[np.bool_]


def project(tables: Mapping[str, Table]) -> list[Table]:
    """Convert tables into the relational layout.

    The tables' kinds are orgs, academicSessions, courses, classes, users, roles and enrollments.
    """
    living = without_tombstones(tables)
    users, listed = living["users"], living.get("roles")
    family = relatives(users, listed)
    people = _without_relatives(users, family)
    living |= {"users": people} | {f"roles.{at}": table for at, table in enumerate(gather_roles(people, listed))}
    living.pop("roles", None)
    if "academicSessions" in living:
        living["academicSessions"] = _sessions(living["academicSessions"], living["classes"])
    if "courses" in living:
        living["courses"] = _courses(living["courses"], living["orgs"])
    living["enrollments"] = _seats(living["enrollments"])
    return [_narrowed(kind, table) for kind, table in living.items()]


def without_tombstones(tables: Mapping[str, Table]) -> dict[str, Table]:
    """Remove tombstones and the rows of the same delivery that refer to them; the tables' facts hold the counts."""
    dead = {kind: _tombstoned(table) for kind, table in tables.items()}
    return {kind: _living(kind, table, dead) for kind, table in tables.items()}


def _tombstoned(table: Table) -> pa.Array:
    """Return the ids with a tombstone in any row: a tombstone wins over an active row."""
    ids = coded(table, "sourcedId")
    gone = ids.codes[_matching(coded(table, "status"), _TOMBSTONES.__contains__)]
    return ids.values.take(pa.array(np.unique(gone)))


def _living(kind: str, table: Table, dead: Mapping[str, pa.Array]) -> Table:
    status = coded(table, "status")
    gone = _among(coded(table, "sourcedId"), dead[kind]) | _matching(status, _TOMBSTONES.__contains__)
    orphaned = np.zeros(len(gone), bool)
    for column, other in _REFERS.get(kind, ()):
        if other in dead:
            orphaned |= _among(coded(table, column), dead[other])
    unknown = _matching(status, lambda word: word not in _STATUSES)
    counts = {
        "tombstones": int(gone.sum()),
        "gone_with_tombstones": int((orphaned & ~gone).sum()),
        "unknown_status": int(unknown.sum()),
    }
    return _with_facts(filtered(table, ~(gone | orphaned)), counts)


def _without_relatives(users: Table, family: pa.Array) -> Table:
    is_relative = _among(coded(users, "sourcedId"), family)
    kept = filtered(users, ~is_relative)
    enabled = coded(kept, "enabledUser")
    counts = {
        "guardians": int(is_relative.sum()),
        "disabled_users": int(_matching(enabled, "false".__eq__).sum()),
        "unreadable_booleans": int(_matching(enabled, lambda word: word not in _TRUTHS).sum()),
    }
    return _with_facts(kept, counts)


def _courses(courses: Table, orgs: Table) -> Table:
    """Empty the org of courses that belong to the whole district: such a course has no school."""
    if "orgSourcedId" not in courses.rows.column_names:
        return courses
    ids, kinds = coded(orgs, "sourcedId"), _matching(coded(orgs, "type"), _ABOVE_SCHOOLS.__contains__)
    above = set(ids.values.take(pa.array(np.unique(ids.codes[kinds]))).to_pylist())
    org = coded(courses, "orgSourcedId")
    counts = {"courses_of_the_district": int(_among(org, pa.array(sorted(above), pa.string())).sum())}
    return _with_facts(
        _with(courses, "orgSourcedId", mapped(org, lambda org_id: "" if org_id in above else org_id)), counts
    )


def _sessions(sessions: Table, classes: Table) -> Table:
    """Keep the terms, and the school years and grading periods that classes name; set each end to the last day."""
    cells = coded(classes, "termSourcedIds")
    named = {word.strip() for cell in cells.values.to_pylist() for word in cell.split(",")}
    ids = coded(sessions, "sourcedId")
    is_named = _among(ids, pa.array(sorted(named), pa.string()))
    within = _matching(coded(sessions, "type"), _WITHIN_TERMS.__contains__) & ~is_named
    kept = filtered(sessions, ~within)
    if "endDate" in kept.rows.column_names:
        kept = _with(kept, "endDate", mapped(coded(kept, "endDate"), day_before))
    return _with_facts(kept, {"unused_sessions": int(within.sum())})


def _seats(enrollments: Table) -> Table:
    """Read `primary` strictly: a value that is neither true nor false becomes empty, and is counted."""
    if "primary" not in enrollments.rows.column_names:
        return enrollments
    primary = coded(enrollments, "primary")
    unreadable = _matching(primary, lambda word: word not in _TRUTHS)
    strict = mapped(primary, lambda word: "true" if _word(word) == "true" else "")
    return _with_facts(_with(enrollments, "primary", strict), {"unreadable_booleans": int(unreadable.sum())})


def day_before(day: str) -> str:
    """Return the day before an ISO day; any other text stays as it is, and a later rule refuses it."""
    try:
        return (date.fromisoformat(day) - timedelta(days=1)).isoformat() if len(day.strip()) == 10 else day
    except (ValueError, OverflowError):
        return day


def _with(table: Table, name: str, column: pa.Array) -> Table:
    return replace(table, rows=table.rows.set_column(table.rows.column_names.index(name), name, column))


def _narrowed(kind: str, table: Table) -> Table:
    """Return the table with only the layout's columns and `line`."""
    fields = FILES[f"{kind.partition('.')[0]}.csv"].columns
    names = [name for name in table.rows.column_names if name in fields or name == "line"]
    return replace(table, rows=table.rows.select(names))


def _matching(column: Cells, test: Callable[[str], bool]) -> Mask:
    answers = np.array([*(bool(test(_word(value))) for value in column.values.to_pylist()), False], bool)
    marked: Mask = answers[column.codes]
    return marked


def _among(column: Cells, wanted: pa.Array) -> Mask:
    is_wanted = pc.is_in(column.values, value_set=wanted).to_numpy(zero_copy_only=False)
    found: Mask = is_wanted[column.codes] if len(is_wanted) else np.zeros(len(column.codes), bool)
    return found


def _word(value: str) -> str:
    return value.strip().casefold()


def _with_facts(table: Table, counts: Mapping[str, int]) -> Table:
    """Add counts to a table's facts; zero counts are left out."""
    return replace(table, facts=table.facts | {name: count for name, count in counts.items() if count})
