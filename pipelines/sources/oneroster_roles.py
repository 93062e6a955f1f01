"""Collect people's roles at organisations: from rows of roles (1.2), from a user's role and orgs (1.1), or both.

If a person has both, the rows of roles win.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipelines.sources.rows_of_text import Cells, Codes, coded, mapped, text
from pipelines.sources.tables import Table
from schemas.roles import MEANINGS, simplify

_RELATIVES = frozenset({"guardian", "parent", "relative"})
_EXTENSION = "ext:"  # OneRoster 1.2 lets every vendor add words with this prefix
_ELSEWHERE = "other"  # a word of schemas.roles for people who do not belong in a roster


@dataclass(frozen=True)
class _RoleRows:
    """Columns of role rows: a user's role at an organisation, the user's grade, and whether the school is primary."""

    user: Cells
    org: Cells
    role: Cells
    grade: Cells
    primary: NDArray[np.bool_]
    line: Codes


def relatives(users: Table, listed: Table | None) -> pa.Array:
    """Return the ids of users who are only guardians, parents or relatives: such users are never stored."""
    family: set[str] = set()
    others: set[str] = set()
    for table, who in ((users, "sourcedId"), (listed, "userSourcedId")):
        if table is None or "role" not in table.rows.column_names:
            continue
        ids, role = coded(table, who), coded(table, "role")
        is_family = _is_relative(role)
        has_role = np.array([*(bool(value.strip()) for value in role.values.to_pylist()), False])[role.codes]
        family |= _ids(ids, has_role & is_family)
        others |= _ids(ids, has_role & ~is_family)
    return pa.array(sorted(family - others), pa.string())


def gather_roles(users: Table, listed: Table | None) -> Iterator[Table]:
    """Yield roles as tables of the layout: the listed roles, and for users without listed roles those of their row."""
    listed_ids = pa.array([], pa.string())
    if listed is not None:
        listed_ids = coded(listed, "userSourcedId").values
        yield _tabulate(_listed(listed, users), listed.name, listed)
    if "role" in users.rows.column_names:
        rows = _of_users(users, listed_ids)
        if len(rows.line) or listed is None:
            yield _tabulate(rows, f"roles.csv of {users.name}", None)


def _listed(listed: Table, users: Table) -> _RoleRows:
    user, org, role = (coded(listed, name) for name in ("userSourcedId", "orgSourcedId", "role"))
    grade, first = _looked_up(users, "grades", user), _looked_up(users, "primaryOrgSourcedId", user)
    same = pc.index_in(org.values, value_set=first.values).fill_null(-1).to_numpy(zero_copy_only=False)
    named = np.array([*(bool(value) for value in first.values.to_pylist()), False])[first.codes]
    kind = coded(listed, "roleType")
    is_first = np.array([*(value.strip().casefold() == "primary" for value in kind.values.to_pylist()), False])
    primary = np.where(named, np.append(same, -1)[org.codes] == first.codes, is_first[kind.codes])
    line = listed.rows.column("line").to_numpy()
    kept = np.flatnonzero(~_is_relative(role))
    return _RoleRows(
        Cells(user.codes[kept], user.values),
        Cells(org.codes[kept], org.values),
        Cells(role.codes[kept], role.values),
        Cells(grade.codes[kept], grade.values),
        primary[kept],
        line[kept],
    )


def _of_users(users: Table, listed: pa.Array) -> _RoleRows:
    """Return one row for each organisation of a user; a user with a role and no organisation gets one row without."""
    ids, role, orgs = coded(users, "sourcedId"), coded(users, "role"), coded(users, "orgSourcedIds")
    is_listed = pc.is_in(ids.values, value_set=listed).to_numpy(zero_copy_only=False)
    has_role = np.array([*(bool(value.strip()) for value in role.values.to_pylist()), False])[role.codes]
    own = np.flatnonzero(has_role & ~_is_relative(role) & ~np.append(is_listed, False)[ids.codes])
    lists = [[word.strip() for word in cell.split(",") if word.strip()] or [""] for cell in orgs.values.to_pylist()]
    places: dict[str, int] = {}
    flat = np.array([places.setdefault(word, len(places)) for words in lists for word in words], np.int32)
    sizes = np.array([len(words) for words in lists], np.int64)
    starts = np.cumsum(sizes) - sizes
    times = sizes[orgs.codes[own]]
    at = np.repeat(own, times)
    within = np.arange(len(at)) - np.repeat(np.cumsum(times) - times, times)
    org = Cells(flat[starts[orgs.codes[at]] + within].astype(np.int32), pa.array(list(places), pa.string()))
    first, grade = coded(users, "primaryOrgSourcedId"), coded(users, "grades")
    same = pc.index_in(org.values, value_set=first.values).fill_null(-1).to_numpy(zero_copy_only=False)
    named = np.array([*(bool(value) for value in first.values.to_pylist()), False])[first.codes[at]]
    return _RoleRows(
        Cells(ids.codes[at], ids.values),
        org,
        Cells(role.codes[at], role.values),
        Cells(grade.codes[at], grade.values),
        named & (np.append(same, -1)[org.codes] == first.codes[at]),
        users.rows.column("line").to_numpy()[at],
    )


def _tabulate(rows: _RoleRows, name: str, read: Table | None) -> Table:
    table = pa.table(
        {
            "userSourcedId": text(rows.user),
            "orgSourcedId": text(rows.org),
            "role": mapped(rows.role, _without_extension),
            "grade": mapped(rows.grade, _first_of),
            "isPrimary": mapped(Cells(rows.primary.astype(np.int32), pa.array(["", "true"])), str),
            "line": pa.array(rows.line, pa.int32()),
        }
    )
    problems = read.problems if read else ()
    return Table(name, table, problems, table.num_rows + len(problems), dict(read.facts) if read else {"derived": True})


def _looked_up(users: Table, name: str, user: Cells) -> Cells:
    """Return a column of the users' own rows for other rows about the same users; the first row of an id counts."""
    ids, column = coded(users, "sourcedId"), coded(users, name)
    row = np.full(len(ids.values) + 1, -1, np.int64)
    row[ids.codes[::-1]] = np.arange(len(ids.codes))[::-1]
    row[-1] = -1
    own = pc.index_in(user.values, value_set=ids.values).fill_null(len(ids.values)).to_numpy(zero_copy_only=False)
    at = row[own[user.codes]] if len(own) else np.zeros(0, np.int64)
    no_value = len(column.values)
    values = pa.concat_arrays([column.values, pa.array([""])])
    codes = np.append(column.codes, no_value)[at]
    return Cells(codes.astype(np.int32), values)


def _is_relative(role: Cells) -> NDArray[np.bool_]:
    words = (simplify(_bare(value)) in _RELATIVES for value in role.values.to_pylist())
    found: NDArray[np.bool_] = np.array([*words, False], bool)[role.codes]
    return found


def _ids(column: Cells, chosen: NDArray[np.bool_]) -> set[str]:
    return set(column.values.take(pa.array(np.unique(column.codes[chosen]))).to_pylist())


def _bare(word: str) -> str:
    return word.strip().removeprefix(_EXTENSION)


def _without_extension(word: str) -> str:
    """Return the plain word behind an added word; an unknown added word becomes `other`, because it is no error."""
    if not word.strip().startswith(_EXTENSION):
        return word
    return _bare(word) if simplify(_bare(word)) in MEANINGS else _ELSEWHERE


def _first_of(cell: str) -> str:
    return cell.partition(",")[0].strip()
