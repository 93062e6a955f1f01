"""Runs with bulk and delta packages: each snapshot is a complete set."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import SourceIncomplete
from pipelines.sources.contract import Bookmark
from pipelines.store import landing
from tests.delivery import roster
from tests.oneroster import Files, encoded, manifest, parts, seat, stamped, user, whole_package
from tests.oneroster_drop import NIGHT, Drop, judged, last_of, people_in


@pytest.fixture
def drop(tmp_path: Path) -> Drop:
    return Drop(tmp_path)


def _delta(**files: Any) -> dict[str, bytes]:
    return parts(files, **dict.fromkeys(files, "delta"))


def test_a_delta_gives_a_full_set_and_archives_nobody_by_absence(drop: Drop) -> None:
    first = drop.fetch(parts(whole_package()))
    changed = _delta(users=[stamped(user("s9", "student", "S1"))], enrollments=[stamped(seat("C1", "s9"))])
    second = drop.fetch(changed, last_of(first), NIGHT + timedelta(days=1))
    assert people_in(judged(second), "C1") == people_in(judged(first), "C1") | {"s9"}
    assert second.facts["records"]["users"] == 12
    assert second.facts["delta"] == {"users": {"added": 1}, "enrollments": {"added": 1}}
    assert second.files["delta/users.csv"].read_bytes() == changed["users.csv"]
    assert "delta/manifest.csv" in second.files


def test_every_snapshot_of_a_delta_is_complete(drop: Drop) -> None:
    nights = [drop.fetch(parts(whole_package()))]
    for number in (1, 2, 3):
        leaving = stamped(user(f"s{number}", "student", "S1"), "tobedeleted")
        nights.append(drop.fetch(_delta(users=[leaving]), last_of(nights[-1]), NIGHT + timedelta(days=number)))
    result = judged(nights[-1])
    assert result.counts["quarantined"] == 0
    assert people_in(result, "C1") == {"t1", "s4"}
    assert len(roster(judged(nights[1]))["users"]) == 9


def test_a_delta_without_an_earlier_snapshot_is_refused(drop: Drop) -> None:
    changed = _delta(users=[stamped(user("s9", "student", "S1"))])
    with pytest.raises(SourceIncomplete, match="bulk package first"):
        drop.fetch(changed)
    gone = Bookmark({"as_of": "2026-11-23"}, None, None)
    with pytest.raises(SourceIncomplete, match="bulk package first"):
        drop.fetch(changed, gone)


def test_a_delta_after_a_gap_is_refused_unless_the_settings_allow_the_gap(drop: Drop) -> None:
    first = last_of(drop.fetch(parts(whole_package())))
    changed, later = _delta(users=[stamped(user("s9", "student", "S1"))]), NIGHT + timedelta(days=3)
    with pytest.raises(SourceIncomplete, match="delta is 3 days newer than the last applied run"):
        drop.fetch(changed, first, later)
    assert drop.fetch(changed, first, later, delta_gap_days=3).facts["records"]["users"] == 12


def test_a_delta_is_not_applied_to_a_later_snapshot(drop: Drop) -> None:
    first = last_of(drop.fetch(parts(whole_package())))
    with pytest.raises(SourceIncomplete, match="before the last applied run"):
        drop.fetch(_delta(users=[stamped(user("s9", "student", "S1"))]), first, NIGHT - timedelta(days=1))


def test_a_package_may_mix_bulk_delta_and_absent_files(drop: Drop) -> None:
    first = drop.fetch(parts(whole_package()))
    users = [person for person in whole_package()["users"] if person["sourcedId"] != "s8"]
    mixed: Files = {"users": users, "enrollments": [stamped(seat("C3", "s8"), "tobedeleted")]}
    second = drop.fetch(parts(mixed, enrollments="delta"), last_of(first), NIGHT + timedelta(days=1))
    result = judged(second)
    assert result.counts["quarantined"] == 0
    assert people_in(result, "C3") == {"t2", "s5", "s6", "s7"}
    assert result.counts["accepted.classes"] == 3


def test_the_same_delta_applied_twice_has_the_same_digest(drop: Drop) -> None:
    first = drop.fetch(parts(whole_package()))
    changed = _delta(users=[stamped(user("s9", "student", "S1"))])
    second = drop.fetch(changed, last_of(first), NIGHT + timedelta(days=1))
    third = drop.fetch(changed, last_of(second), NIGHT + timedelta(days=2))
    assert landing.identify(second.files).digest == landing.identify(third.files).digest


def test_a_package_with_only_a_manifest_is_unchanged(drop: Drop) -> None:
    first = drop.fetch(parts(whole_package()))
    alone = {"manifest.csv": encoded(manifest({}))}
    second = drop.fetch(alone, last_of(first), NIGHT + timedelta(days=1))
    assert second.unchanged
    assert second.files == {}
    assert second.facts["records"] == first.facts["records"]
    with pytest.raises(SourceIncomplete, match="bulk package first"):
        drop.fetch(alone)


def test_a_delta_of_1_2_may_bring_users_without_their_roles(drop: Drop) -> None:
    first = drop.fetch(parts(whole_package("1.2"), "1.2"))
    (person,) = (row for row in whole_package("1.2")["users"] if row["sourcedId"] == "s1")
    files: Files = {"users": [stamped(person | {"givenName": "Renamed"})]}
    changed = parts(files, "1.2", users="delta")
    fetched = judged(drop.fetch(changed, last_of(first), NIGHT + timedelta(days=1)))
    assert roster(fetched)["users"] != roster(judged(first))["users"]
    assert len(roster(fetched)["users"]) == 10
