"""A delta changes the rows that it names, and every other row stays."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import ContractBroken, SourceIncomplete
from pipelines.sources.oneroster_csv import delta
from pipelines.sources.tables import Problem
from tests.delivery import Row, table
from tests.oneroster import Files, encoded, seat, stamped, user, whole_package

NIGHT = date(2026, 11, 24)


def _apply(tmp_path: Path, changed: Files, before: Files | None = None) -> tuple[dict[str, list[Row]], dict[str, Any]]:
    before = before or whole_package()
    old, new, to = (tmp_path / name for name in ("old", "new", "to"))
    for folder, files in ((old, before), (new, changed)):
        folder.mkdir()
        for kind, rows in files.items():
            (folder / f"{kind}.csv").write_bytes(encoded(rows))
    to.mkdir()
    kinds = {*before, *changed}
    files, counts = delta.apply(
        {kind: new / f"{kind}.csv" for kind in changed},
        {kind: old / f"{kind}.csv" if kind in before else None for kind in sorted(kinds)},
        to,
    )
    read = {kind: list(csv.DictReader(path.open(encoding="utf-8", newline=""))) for kind, path in files.items()}
    return read, counts


def test_a_delta_replaces_adds_and_removes_rows_by_id(tmp_path: Path) -> None:
    changed: Files = {
        "users": [
            stamped(user("s1", "student", "S1", givenName="Renamed")),
            stamped(user("s9", "student", "S1")),
            stamped(user("s8", "student", "S2"), "tobedeleted"),
        ]
    }
    read, counts = _apply(tmp_path, changed)
    names = {row["sourcedId"]: row["givenName"] for row in read["users"]}
    assert names["s1"] == "Renamed"
    assert names["s2"] == "Given-s2"
    assert "s9" in names
    assert "s8" not in names
    assert len(names) == len(read["users"]) == len(whole_package()["users"])
    assert counts["users"] == {"replaced": 1, "added": 1, "removed": 1}


def test_rows_that_refer_to_a_tombstone_are_removed(tmp_path: Path) -> None:
    gone: Files = {"users": [stamped(user("s8", "student", "S2"), "tobedeleted")]}
    read, counts = _apply(tmp_path, gone)
    assert "s8" not in {row["userSourcedId"] for row in read["enrollments"]}
    assert counts["enrollments"] == {"removed_with": 1}


def test_a_file_without_changes_is_copied_byte_for_byte(tmp_path: Path) -> None:
    _apply(tmp_path, {"enrollments": [stamped(seat("C1", "s8"))]})
    for kind in ("users", "orgs", "classes"):
        assert (tmp_path / "to" / f"{kind}.whole.csv").read_bytes() == (tmp_path / "old" / f"{kind}.csv").read_bytes()


def test_applying_a_delta_again_changes_no_byte(tmp_path: Path) -> None:
    changed: Files = {
        "users": [stamped(user("s1", "student", "S1", givenName='Ann "A", B')), stamped(user("n", "student", "S1"))]
    }
    _apply(tmp_path, changed)
    once = (tmp_path / "to" / "users.whole.csv").read_bytes()
    again, _ = delta.apply(
        {"users": tmp_path / "new" / "users.csv"}, {"users": tmp_path / "to" / "users.whole.csv"}, tmp_path / "old"
    )
    assert again["users"].read_bytes() == once


def test_columns_are_joined_by_name_in_any_order_and_new_ones_are_added(tmp_path: Path) -> None:
    before = whole_package()
    for person in before["users"]:
        del person["identifier"]
    row = stamped(user("s1", "student", "S1"))
    read, _ = _apply(tmp_path, {"users": [dict(reversed(row.items()))]}, before)
    found = {one["sourcedId"]: one for one in read["users"]}
    assert (found["s1"]["identifier"], found["s2"]["identifier"]) == ("id-s1", "")
    assert found["s1"]["familyName"] == "Family-s1"


def test_of_two_rows_of_one_id_the_later_wins_and_a_tombstone_always_wins(tmp_path: Path) -> None:
    late, early = "2026-09-02T00:00:00.000Z", "2026-09-01T00:00:00.000Z"
    changed: Files = {
        "users": [
            stamped(user("s1", "student", "S1", givenName="Late"), at=late),
            stamped(user("s1", "student", "S1", givenName="Early"), at=early),
            stamped(user("s2", "student", "S1"), "tobedeleted", early),
            stamped(user("s2", "student", "S1"), at=late),
        ]
    }
    read, _ = _apply(tmp_path, changed)
    names = {row["sourcedId"]: row["givenName"] for row in read["users"]}
    assert names["s1"] == "Late"
    assert "s2" not in names


def test_a_delta_may_add_a_file(tmp_path: Path) -> None:
    read, counts = _apply(tmp_path, {"roles": [stamped(row) for row in whole_package("1.2")["roles"]]})
    assert len(read["roles"]) == counts["roles"]["added"] == len(whole_package("1.2")["roles"])


@pytest.mark.parametrize("line", [b"s1,active\r\n", b"s1,active,x,y,z,w\r\n"])
def test_a_ragged_line_of_a_delta_is_refused(tmp_path: Path, line: bytes) -> None:
    (tmp_path / "users.csv").write_bytes(b"sourcedId,status,givenName\r\n" + line)
    with pytest.raises(ContractBroken, match=r"more or fewer fields.*users\.csv, line 2"):
        delta.apply({"users": tmp_path / "users.csv"}, {"users": None}, tmp_path)


def test_a_delta_cut_inside_a_quoted_value_is_incomplete(tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_bytes(b'sourcedId,status,givenName\r\ns1,active,"Ann')
    with pytest.raises(SourceIncomplete, match=r"users\.csv, line 2"):
        delta.apply({"users": tmp_path / "users.csv"}, {"users": None}, tmp_path)


def test_a_delta_without_a_status_column_is_refused(tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_bytes(b"sourcedId,givenName\r\ns1,Ann\r\n")
    with pytest.raises(ContractBroken, match=r"missing columns: 'status'.*users\.csv"):
        delta.apply({"users": tmp_path / "users.csv"}, {"users": None}, tmp_path)


def test_the_date_of_a_snapshot_is_in_its_facts() -> None:
    assert delta.night_of({"as_of": "2026-11-20"}, NIGHT) == date(2026, 11, 20)
    assert delta.night_of({}, NIGHT) == NIGHT


def test_without_secrets_keeps_only_the_safe_columns_of_a_ragged_line() -> None:
    problem = Problem(3, None, "RAGGED_LINE", {"sourcedId": "s1", "grades": "hunter2", "column 18": "hunter2"})
    kept = delta.without_secrets(table([], problems=[problem]), frozenset({"sourcedId"}))
    assert kept.problems[0].raw == {"sourcedId": "s1"}
