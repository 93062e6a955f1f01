"""Landed pages as tables: lines are numbered through all pages, and of two copies of a record the latest is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.sources.classlink.tables import read_tables
from pipelines.sources.tables import Table

EARLY, LATE = "2026-09-01T00:00:00.000Z", "2026-09-02T00:00:00+00:00"


def _tables(tmp_path: Path, *pages: list[dict[str, Any]]) -> dict[str, Table]:
    files = {}
    for number, rows in enumerate(pages, start=1):
        path = tmp_path / f"{number}"
        path.write_text(json.dumps({"users": rows}), encoding="utf-8")
        files[f"users-{number:05}.json"] = path
    return read_tables(files)


def _user(name: str, given: str = "Ann", at: str = EARLY, **more: Any) -> dict[str, Any]:
    role = {"roleType": "primary", "role": "student", "org": {"sourcedId": f"S-{given}"}}
    return {"sourcedId": name, "givenName": given, "dateLastModified": at, "roles": [role]} | more


def _people(tables: dict[str, Table]) -> list[tuple[str, str, int]]:
    rows = tables["users"].rows.to_pylist()
    return [(row["sourcedId"], row["givenName"], row["line"]) for row in rows]


def test_lines_are_numbered_through_all_pages_and_roles_have_their_users_line(tmp_path: Path) -> None:
    tables = _tables(tmp_path, [_user("a"), _user("b")], [], [_user("c")])
    assert _people(tables) == [("a", "Ann", 1), ("b", "Ann", 2), ("c", "Ann", 3)]
    assert tables["roles"].rows.column("line").to_pylist() == [1, 2, 3]
    assert tables["users"].name == "users.json"


def test_collections_without_records_become_tables_without_rows(tmp_path: Path) -> None:
    tables = _tables(tmp_path, [_user("a")])
    assert tables["classes"].rows.num_rows == 0
    assert "termSourcedIds" in tables["classes"].rows.column_names


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_copies_of_a_record_the_latest_is_kept_with_its_roles(tmp_path: Path, turned: bool) -> None:
    pages = [[_user("a", "Old"), _user("b")], [_user("a", "New", LATE)]]
    tables = _tables(tmp_path, *(reversed(pages) if turned else pages))
    assert {(name, given) for name, given, _ in _people(tables)} == {("a", "New"), ("b", "Ann")}
    assert set(tables["roles"].rows.column("orgSourcedId").to_pylist()) == {"S-New", "S-Ann"}
    assert tables["users"].facts == {"read_twice": 1}


def test_an_identical_copy_of_a_record_is_dropped(tmp_path: Path) -> None:
    tables = _tables(tmp_path, [_user("a"), _user("b")], [_user("b"), _user("c")])
    assert _people(tables) == [("a", "Ann", 1), ("b", "Ann", 2), ("c", "Ann", 4)]


@pytest.mark.parametrize("at", [EARLY, "", "yesterday"])
def test_different_copies_changed_at_the_same_moment_are_all_kept(tmp_path: Path, at: str) -> None:
    tables = _tables(tmp_path, [_user("a", "One", at)], [_user("a", "Other", at)])
    assert _people(tables) == [("a", "One", 1), ("a", "Other", 2)]


def test_a_tombstone_is_never_dropped_as_outdated(tmp_path: Path) -> None:
    tables = _tables(tmp_path, [_user("a", status="tobedeleted")], [_user("a", "New", LATE)])
    assert len(_people(tables)) == 2


def test_parts_are_assigned_by_the_full_collection_name(tmp_path: Path) -> None:
    (tmp_path / "p").write_text('{"classes": [{"sourcedId": "c"}]}', encoding="utf-8")
    tables = read_tables({"classes-00001.json": tmp_path / "p", "classesOfOld-00001.json": tmp_path / "p"})
    assert tables["classes"].rows.column("sourcedId").to_pylist() == ["c"]
