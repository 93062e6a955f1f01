"""People's roles at organisations, from rows of roles, from users' own role and orgs, or from both."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.sources.oneroster_roles import gather_roles, relatives
from pipelines.sources.tables import Table
from tests.delivery import Row, table
from tests.oneroster import role_row, user


def _roles(users: list[Row], listed: list[Row] | None = None) -> list[dict[str, Any]]:
    made = list(gather_roles(*_tables(users, listed)))
    return [row for one in made for row in one.rows.to_pylist()]


def _tables(users: list[Row], listed: list[Row] | None) -> tuple[Table, Table | None]:
    return table(users, "users.csv"), table(listed, "roles.csv") if listed else None


def _where(rows: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(row["userSourcedId"], row["orgSourcedId"], row["role"]) for row in rows]


def _bare(name: str, **more: str) -> Row:
    """A user as 1.2 has them."""
    return {name: value for name, value in user(name, "", "").items() if name not in ("role", "orgSourcedIds")} | more


def test_each_org_of_a_user_becomes_a_row_on_the_users_line() -> None:
    rows = _roles([user("t1", "teacher", "S1"), user("t2", "aide", "S1, S2")])
    assert _where(rows) == [("t1", "S1", "teacher"), ("t2", "S1", "aide"), ("t2", "S2", "aide")]
    assert [row["line"] for row in rows] == [2, 3, 3]


def test_a_user_with_a_role_and_no_org_has_a_row_without_a_school() -> None:
    assert _where(_roles([user("t1", "teacher", "")])) == [("t1", "", "teacher")]


def test_a_user_without_a_role_has_no_row() -> None:
    assert _roles([user("t1", " ", "S1")]) == []


def test_rows_of_roles_are_unchanged() -> None:
    listed = [role_row("t1", "S1", "teacher"), role_row("t1", "S2", "counselor", roleType="secondary")]
    rows = _roles([_bare("t1")], listed)
    assert _where(rows) == [("t1", "S1", "teacher"), ("t1", "S2", "counselor")]
    assert [row["isPrimary"] for row in rows] == ["true", ""]


def test_rows_of_roles_override_a_users_own_role() -> None:
    people = [user("t1", "administrator", "S1"), user("t2", "teacher", "S2")]
    assert _where(_roles(people, [role_row("t1", "S1", "teacher")])) == [
        ("t1", "S1", "teacher"),
        ("t2", "S2", "teacher"),
    ]


def test_the_primary_org_decides_the_primary_school() -> None:
    listed = [role_row("t1", "S1", "teacher"), role_row("t1", "S2", "teacher")]
    rows = _roles([_bare("t1", primaryOrgSourcedId="S2")], listed)
    assert [row["isPrimary"] for row in rows] == ["", "true"]
    own = _roles([user("t1", "teacher", "S1,S2", primaryOrgSourcedId="S2")])
    assert [row["isPrimary"] for row in own] == ["", "true"]


@pytest.mark.parametrize("listed", [True, False])
def test_each_role_has_the_first_grade_of_the_user(listed: bool) -> None:
    people = [user("s1", "student", "S1", grades="11,12"), user("s2", "student", "S1")]
    rows = _roles(people, [role_row("s1", "S1", "student"), role_row("s2", "S1", "student")] if listed else None)
    assert [row["grade"] for row in rows] == ["11", ""]


@pytest.mark.parametrize(
    ("written", "meant"),
    [("ext:Teacher", "Teacher"), ("ext:busDriver", "other"), ("busDriver", "busDriver"), ("ext:parent", None)],
)
def test_extension_roles_lose_their_prefix_and_unknown_extensions_become_other(written: str, meant: str | None) -> None:
    people = [user("t1", written, "S1")]
    family = set(relatives(*_tables(people, None)).to_pylist())
    assert [row["role"] for row in _roles(people)] == ([meant] if meant else [])
    assert family == (set() if meant else {"t1"})


@pytest.mark.parametrize("word", ["guardian", "Parent", "relative"])
def test_relatives_have_only_roles_of_relatives(word: str) -> None:
    people = [user("p1", word, "S1"), user("p2", word, "S1"), user("t1", "teacher", "S1")]
    listed = [role_row("p2", "S1", "teacher")]
    assert relatives(*_tables(people, listed)).to_pylist() == ["p1"]
    assert _where(_roles(people, listed)) == [("p2", "S1", "teacher"), ("t1", "S1", "teacher")]


def test_a_role_of_a_user_who_was_not_delivered_is_kept() -> None:
    assert _where(_roles([_bare("t1")], [role_row("gone", "S1", "teacher")])) == [("gone", "S1", "teacher")]
