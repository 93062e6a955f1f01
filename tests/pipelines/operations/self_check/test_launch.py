"""The nine steps of a launch, open or done, from an empty settings file to a running district."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from pipelines.operations.self_check import Checked, examine
from pipelines.settings import PROJECT, load_district
from sandbox import nights
from tests.town import FIRST, Town, world

READY: dict[str, Any] = {"owners": {"default": "rosters@district.example"}, "limits": {}}


def examined(town: Town, days: int = 0, **facts: Any) -> Checked:
    town.settle(**(READY | facts))
    return examine(load_district(town.district_id), FIRST + timedelta(days=days))


def open_steps(checked: Checked) -> list[int]:
    assert [step.number for step in checked.launch] == list(range(1, 10))
    return [step.number for step in checked.launch if not step.done]


def named(checked: Checked) -> list[str]:
    return [one.name for one in checked.checks]


def test_a_district_goes_live_step_by_step(town: Town) -> None:
    assert open_steps(examined(town)) == [1, 3, 4, 6, 7, 8, 9]  # nothing is delivered yet
    town.deliver(world())
    assert open_steps(examined(town)) == [7, 8, 9]
    town.settle(enabled=True)
    assert open_steps(examined(town, enabled=True)) == [7, 8, 9]  # enabled, and no night was synced
    town.sync(FIRST)
    assert open_steps(examined(town, enabled=True)) == []


def test_a_step_reopens_when_its_condition_no_longer_holds(synced: Town) -> None:
    synced.deliver(world())
    assert open_steps(examined(synced, enabled=True, owners={})) == [5]
    assert open_steps(examined(synced, enabled=True, schools=[*map(str, world().schools["school_id"]), "9"])) == [3, 6]
    assert open_steps(examined(synced, enabled=True, terms=[])) == [2, 6]


def test_open_holds_keep_the_step_check_the_results_open(synced: Town) -> None:
    synced.settle(limits={"archive_percent": 0, "archive_rows": 0, "update_percent": 0, "update_rows": 0})
    night = nights.evolve(world(), seed=2, percent=5).world
    assert synced.night(night).code == "HOLD_REQUIRED"
    checked = examined(synced, 1, enabled=True)
    assert open_steps(checked) == [8]
    waiting = synced.one("select count(*) from runs.holds where status = 'open'")
    assert checked.launch[7].result == f"run 2 for 2026-09-02: applied; holds that need approval: {waiting}"
    assert any("need approval" in what for school in checked.schools for what in school.open)


def test_a_stopped_run_keeps_the_step_check_the_results_open(synced: Town) -> None:
    synced.deliver(nights.evolve(world(), seed=2, percent=5).world, without=("student_id",))
    synced.sync(FIRST + timedelta(days=1))
    told = examined(synced, 1, enabled=True).launch[7]
    assert told.result == "run 2 for 2026-09-02: stopped CONTRACT_BROKEN; see rollbook report --run 2"


def test_students_without_a_source_keep_the_step_clean_up_open(synced: Town) -> None:
    synced.deliver(world())
    synced.ask(
        "insert into roster.users (district_id, user_id, role, given_name, family_name, origin, status, as_of)"
        " values (%s, gen_random_uuid(), 'student', 'A', 'B', 'local', 'active', %s) returning user_id",
        synced.district_id,
        FIRST,
    )
    checked = examined(synced, enabled=True)
    assert open_steps(checked) == [9]
    assert checked.launch[8].result == "1 students that no source manages, 0 shared addresses"


def test_enabling_before_the_first_six_steps_is_a_warning_until_the_launch(town: Town) -> None:
    assert "launch order" not in named(examined(town))
    early = examined(town, enabled=True).checks[-1]
    assert (early.name, early.ok, early.warning) == ("launch order", True, True)
    assert early.result == "enabled: true, though step 1 is open: connect the source"
    town.night(world())
    assert "launch order" not in named(examined(town, 1, enabled=True))  # today's file is not there yet


def test_each_school_lists_what_is_left_to_do(synced: Town) -> None:
    synced.deliver(world())
    checked = examined(synced)
    assert {one.school for one in checked.schools} == {str(name) for name in world().schools["name"]}
    assert all(re.fullmatch(r"new staff to invite: \d+", what) for one in checked.schools for what in one.open)
    synced.ask("update roster.users set invitation = 'accepted' returning user_id")
    assert examined(synced).schools == []


def test_without_a_warehouse_its_steps_are_open(town: Town) -> None:
    town.deliver(world())
    town.ask("delete from runs.migrations where name = (select max(name) from runs.migrations) returning name")
    checked = examined(town)
    assert open_steps(checked) == [3, 4, 6, 7, 8, 9]
    assert checked.schools == []


def test_the_document_has_the_same_steps(town: Town) -> None:
    page = (PROJECT / "docs" / "launch.md").read_text(encoding="utf-8")
    assert re.findall(r"^(\d)\. \*\*(.+)\.\*\*", page, re.MULTILINE) == [
        (str(step.number), step.name.capitalize()) for step in examined(town).launch
    ]
