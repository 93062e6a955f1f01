"""The plan's page: counts by school, then each change with old and new values, before and after its approval."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text

from pipelines import runs
from pipelines.operations import approval
from pipelines.operations.pages import plan
from pipelines.operations.pages.plan import Wanted
from pipelines.runs.request import Decision
from pipelines.store.engine import transaction
from sandbox import nights
from tests.town import Town, generous, world

SHE = Decision("the registrar")
STRICT = generous() | {"archive_percent": 0, "archive_rows": 0}


def night_of(town: Town, *kinds: str, **limits: Any) -> runs.Run:
    town.settle(limits=generous() | limits)
    return runs.load(town.night(nights.evolve(world(), seed=6, percent=20, kinds=kinds).world).run_id)


def all_of(night: runs.Run, **wanted: Any) -> list[dict[str, Any]]:
    return plan.changes(night, Wanted(**wanted), None)


def test_counts_by_school_add_up_to_the_plan(synced: Town) -> None:
    night = night_of(synced, "drop", "rename", "add")
    counted: dict[tuple[str, str], int] = {}
    for one in plan.by_school(night):
        counted[one["entity"], one["action"]] = counted.get((one["entity"], one["action"]), 0) + one["changes"]
    planned = {
        tuple(name.split(".")[1:]): count
        for name, count in night.counts.items()
        if name.startswith("planned.") and count
    }
    assert counted == planned
    for (entity, action), count in counted.items():
        shown = all_of(night, entity=entity, action=action)
        assert plan.count(night, Wanted(entity, action), shown) == count == len(shown)


def test_a_renamed_person_is_shown_with_old_and_new_name_even_after_later_nights(synced: Town) -> None:
    night = night_of(synced, "rename")
    before = told(night)
    assert before
    assert all(old and new and old != new for old, new in before.values())
    kept = synced.ask("select user_id::text, given_name, family_name from roster.users")
    assert {one: new for one, (_, new) in before.items()} == {one: f"{a} {b}" for one, a, b in kept if one in before}
    later = nights.evolve(
        nights.evolve(world(), seed=6, percent=20, kinds=("rename",)).world, seed=8, percent=30, kinds=("rename",)
    )
    assert synced.night(later.world).status == "applied"
    assert told(night) == before


def told(night: runs.Run) -> dict[str, tuple[str, str]]:
    changes = [one | {"fields": plan.fields(one)} for one in all_of(night, action="update")]
    named = {str(one["id"]): [(old, new) for field, old, new in one["fields"] if field == "name"] for one in changes}
    return {one: names[0] for one, names in named.items() if names}


def test_held_changes_are_shown_old_and_new_before_and_after_their_approval(synced: Town) -> None:
    night = night_of(synced, "drop", **dict.fromkeys(("archive_percent", "archive_rows"), 0))
    wanted = {"entity": "users", "action": "archive", "held": True}
    waiting = all_of(night, **wanted)
    assert waiting
    statuses = {(one["old"]["status"], one["new"]["status"]) for one in waiting}
    assert statuses == {("active", "archived")}
    approval.approve(night.run_id, SHE)
    again = all_of(runs.load(night.run_id), **wanted)
    assert [(one["id"], one["old"], one["new"]) for one in again] == [
        (one["id"], one["old"], one["new"]) for one in waiting
    ]


def test_planned_students_are_listed_by_grade_and_separately_from_staff(synced: Town) -> None:
    night = runs.load(synced.one("select min(run_id) from runs.runs"))
    students = [one["new"] for one in all_of(night, action="create", who="students")]
    order = {"K": 0} | {str(grade): grade for grade in range(1, 13)}
    grades = [order[one["grade"]] for one in students]
    assert grades == sorted(grades)
    assert {0, 1, 9, 10} <= {*grades}
    assert {one["role"] for one in students} == {"student"}
    staff = all_of(night, who="staff")
    assert {one["new"]["role"] for one in staff} == {"teacher"}
    counts = [plan.count(night, Wanted(who=who), all_of(night, who=who)) for who in ("students", "staff", None)]
    assert counts == [len(students), len(staff), len(students) + len(staff)]


@pytest.mark.parametrize("entity", ["classes", "courses", "schools", "terms"])
def test_everything_created_by_a_first_run_is_shown_with_its_title(synced: Town, entity: str) -> None:
    night = runs.load(synced.one("select min(run_id) from runs.runs"))
    found = all_of(night, entity=entity)
    assert found
    assert all(one["old"] is None and one["new"]["title"] for one in found)


def test_enrollment_changes_are_shown_with_person_and_class(synced: Town) -> None:
    night = night_of(synced, "move", "drop")
    found = all_of(night, entity="enrollments")
    assert {"archive"} <= {one["action"] for one in found}
    assert all(one["who"] and one["class"] for one in found)


def test_an_unapplied_plan_shows_its_new_values_until_its_staging_is_dropped(synced: Town) -> None:
    night = nights.evolve(world(), seed=6, percent=20, kinds=("add",))
    synced.deliver(night.world)
    planned = runs.load(synced.sync(night.world.as_of, plan_only=True).run_id)
    found = all_of(planned, action="create")
    assert found
    assert all(one["old"] is None and one["new"]["name"] for one in found)
    synced.ask("select staging.close_run(%s, 0)::text", planned.run_id)
    gone = all_of(planned, action="create")
    assert sorted(str(one["id"]) for one in gone) == sorted(str(one["id"]) for one in found)
    assert {one["new"] for one in gone} == {None}


def test_a_page_requested_while_the_staging_is_dropped_waits_for_the_drop(synced: Town) -> None:
    night = nights.evolve(world(), seed=6, percent=20, kinds=("add",))
    synced.deliver(night.world)
    planned = runs.load(synced.sync(night.world.as_of, plan_only=True).run_id)
    with ThreadPoolExecutor(1) as somebody, transaction() as dropping:
        dropping.execute(text("select staging.close_run(:run_id, 0)"), {"run_id": planned.run_id})
        page = somebody.submit(all_of, planned, action="create")
        waits = text("select count(*) from pg_locks where not granted and relation is not null")
        deadline = time.monotonic() + 60
        while not dropping.execute(waits).scalar_one():
            assert time.monotonic() < deadline, "the page does not wait"
            time.sleep(0.05)
        dropping.commit()
        assert {one["new"] for one in page.result(timeout=60)} == {None}


def test_changes_listed_by_our_ids_name_nobody(synced: Town) -> None:
    night = runs.load(synced.one("select min(run_id) from runs.runs"))
    found = plan.ids(night, Wanted("users"), 1)
    assert len(found) == 50
    assert {*found[0]} == {"entity", "action", "id", "class_id", "user_id", "role", "from_class_id", "school", "held"}
