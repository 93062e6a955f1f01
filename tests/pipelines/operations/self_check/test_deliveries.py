"""A delivery compared with settings and roster: schools, classes, the school year, stale data."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines.operations.self_check import Check, check
from pipelines.settings import load_district
from sandbox import nights
from sandbox.district import World
from tests.at_clever import CONNECTION, HURRIED, at_clever
from tests.town import FIRST, Town, world

NEXT = FIRST + timedelta(days=1)


def checked(town: Town, days: int = 0, **facts: Any) -> dict[str, Check]:
    town.settle(**facts)
    return {one.name: one for one in check(load_district(town.district_id), FIRST + timedelta(days=days))}


def schools_of(one: World) -> list[str]:
    return [str(school) for school in one.schools["school_id"]]


def renumbered(one: World) -> World:
    """The same classes, under other ids."""
    return replace(one, classes=one.classes.assign(class_id="N-" + one.classes["class_id"].astype(str)))


def test_a_listed_school_that_no_source_delivers_fails_the_check_by_name(synced: Town) -> None:
    synced.deliver(world())
    real = schools_of(world())
    found = checked(synced, schools=[*real, "9999"])["schools"]
    assert not found.ok
    assert "SCHOOL_MISSING: no source delivers 9999; 3 delivered: 3 known, 0 new" in found.result
    assert checked(synced, schools=real)["schools"].ok
    assert checked(synced, schools=real[:1])["schools"].result == f"1 delivered: 1 known, 0 new ({real[0]})"


def test_a_school_that_another_source_delivers_is_not_missing(synced: Town) -> None:
    synced.deliver(world())
    real = schools_of(world())
    one_school = synced.source("students", path=str(synced.drop / "one.csv"))
    (path,) = synced.deliver(world(), "students")
    lines = path.read_text(encoding="utf-8").splitlines()
    kept = [lines[0], *(line for line in lines[1:] if real[0] in line.split(","))]
    Path(one_school["path"]).write_text("\n".join(kept) + "\n", encoding="utf-8")
    assert checked(synced, schools=real, sources=[one_school, synced.source()])["schools"].ok


def test_no_school_is_missing_while_a_source_can_not_be_read(synced: Town) -> None:
    synced.deliver(world())
    found = checked(synced, schools=["9999", *schools_of(world())], sources=[synced.source(), synced.source("staff")])
    assert not found["source sis_file"].ok
    assert found["schools"].ok


def test_rows_of_an_unknown_school_are_a_warning(synced: Town) -> None:
    synced.deliver(world(schools=4))
    found = checked(synced)["schools"]
    assert found.warning
    assert "rows belong to schools that the roster does not have" in found.result


def test_classes_are_matched_in_counts_and_many_new_ids_are_a_warning(synced: Town) -> None:
    synced.deliver(world())
    limits = {"archive_percent": 10, "archive_rows": 5}
    found = checked(synced, limits=limits)["classes of sis_file"]
    count = len(world().classes)
    assert (found.warning, found.result) == (False, f"{count} delivered: {count} known, 0 new")
    synced.deliver(renumbered(world()))
    found = checked(synced, limits=limits)["classes of sis_file"]
    assert found.warning
    assert found.result == f"{count} delivered: 0 known, {count} new; {count} classes of the roster are not delivered"


def test_a_delivery_without_a_usable_row_fails_the_check(synced: Town) -> None:
    synced.deliver(world())
    found = checked(synced, schools=["9999"])["rows of sis_file"]
    assert not found.ok
    assert "0 accepted, 0 quarantined, 1,120 out of scope" in found.result


@pytest.mark.parametrize(
    ("days", "warned", "said"),
    [
        (-40, False, "in 40 days"),
        (-21, False, "in 21 days"),
        (-20, True, "in 20 days; 21 days are advised"),
        (3, True, "3 days ago"),
    ],
)
def test_less_than_three_weeks_before_the_first_term_is_a_warning(
    town: Town, days: int, warned: bool, said: str
) -> None:
    begins = date.fromisoformat(str(world().terms["begins"].min())[:10])
    night = replace(world(), as_of=begins + timedelta(days=days))
    town.deliver(night)
    found = {one.name: one for one in check(load_district(town.district_id), night.as_of)}["school year"]
    assert found.warning is warned
    assert said in found.result


def test_a_launched_district_gets_no_warning_about_its_first_term(synced: Town) -> None:
    synced.deliver(world())
    assert not checked(synced, enabled=True)["school year"].warning


def test_a_source_that_delivers_the_same_bytes_for_days_is_a_warning(synced: Town) -> None:
    assert checked(synced, 3)["age of sis_file"].result == "the delivery has been the same since 2026-09-01"
    assert not checked(synced, 3)["age of sis_file"].warning
    assert checked(synced, 4)["age of sis_file"].warning
    assert not checked(synced, 4, sources=[synced.source(stale_days=30)])["age of sis_file"].warning


def test_an_overdue_import_fails_the_check_only_after_the_launch(synced: Town) -> None:
    sources = [synced.source(expected_by="05:00")]
    found = checked(synced, 1, sources=sources, enabled=True)["import of sis_file"]
    assert not found.ok
    assert "IMPORT_MISSING" in found.result
    assert checked(synced, 1, sources=sources)["import of sis_file"].ok
    synced.settle(sources=sources, enabled=True)
    synced.night(nights.evolve(world(), seed=2, percent=5).world)
    assert checked(synced, 1, sources=sources, enabled=True)["import of sis_file"].result.endswith("applied in run 2")


def test_a_district_paused_at_the_vendor_is_a_warning(
    town: Town, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with at_clever(monkeypatch, tmp_path, clever_state="paused") as there:
        source = {"kind": "clever", "connection": CONNECTION, "clever_district_id": there.office.district}
        found = checked(town, sources=[source | {"retry_policy": HURRIED}])["source clever"]
    assert (found.ok, found.warning) == (True, True)
    assert "the district is paused at Clever" in found.result
