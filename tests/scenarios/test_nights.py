"""Whole runs, as the scheduler starts them: the plan of each kind of change, and the roster afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pipelines.operations import approval
from pipelines.runs.request import Decision
from sandbox import nights
from sandbox.district import World
from tests.exported import assert_roster_is, members
from tests.town import FIRST, Told, Town, world
from tests.warehouse import BOTH

IDS = (
    "select class_id from roster.classes order by 1",
    "select course_id from roster.courses order by 1",
    "select user_id from roster.users order by 1",
    "select e::text from roster.enrollments as e order by 1",
)


def assert_planned(run: Told, night: nights.Night) -> None:
    assert run.status == "applied", run.error
    assert run.planned == {key: count for key, count in night.expected.items() if count}


def after(before: World, *kinds: str, percent: float = 3, seed: int = 11) -> nights.Night:
    return nights.evolve(before, seed=seed, percent=percent, kinds=kinds)


@BOTH
def test_a_first_run_creates_all_delivered_rows(town: Town) -> None:
    first = world(co_teacher_percent=20)
    run = town.night(first)
    assert run.status == "applied"
    expected = nights.opening(first)
    assert {key: run.planned[key] for key in expected} == expected
    assert {action for _, action in run.planned} == {"create"}
    assert_roster_is(town, first)


@BOTH
def test_a_second_run_of_the_same_file_is_unchanged(town: Town) -> None:
    town.night(world())
    before = town.dump("roster", "history", "work")
    run = town.sync(FIRST)
    assert (run.status, run.error) == ("unchanged", None)
    assert town.dump("roster", "history", "work") == before
    assert town.ask("select status from runs.imports order by run_id") == [("applied",), ("unchanged",)]


def test_the_same_bytes_on_a_later_date_are_unchanged(synced: Town) -> None:
    first = world()
    before = synced.dump()
    night = nights.evolve(first, seed=1, percent=0)
    assert synced.night(night.world).status == "unchanged"
    assert synced.dump() == before


def test_the_same_bytes_under_other_rules_are_applied_again(town: Town) -> None:
    town.night(world())
    town.settle(rules={"CLASS_WITHOUT_TEACHER": "warning"})
    run = town.sync(FIRST)
    assert (run.status, run.planned) == ("applied", {})


@BOTH
def test_a_night_with_one_percent_of_changes_plans_and_applies_exactly_these(synced: Town) -> None:
    first = world()
    night = after(first, "add", "drop", "move", "rename", "period", percent=1)
    run = synced.night(night.world)
    assert_planned(run, night)
    assert_roster_is(synced, night.world)


@BOTH
def test_changed_returning_and_reused_ids_are_distinguished(synced: Town) -> None:
    first = world()
    dropped = after(first, "drop", percent=4)
    assert_planned(synced.night(dropped.world), dropped)
    assert_roster_is(synced, dropped.world)
    mixed = after(dropped.world, "return", "rekey", "reassign", percent=2, seed=12)
    run = synced.night(mixed.world)
    assert_planned(run, mixed)
    assert run.counts["found.ID_REUSED"] == mixed.refused["ID_REUSED"]
    assert synced.one("select count(*) from runs.quarantine where code = 'ID_REUSED'") == mixed.refused["ID_REUSED"]
    same = nights.evolve(mixed.world, seed=3, percent=0)
    assert synced.night(same.world).status == "unchanged"


def test_a_person_whose_source_id_changed_keeps_our_id(synced: Town) -> None:
    first = world()
    ids = "select user_id from roster.users order by 1"
    before = synced.ask(ids)
    night = after(first, "rekey")
    assert_planned(synced.night(night.world), night)
    assert synced.ask(ids) == before
    moved = (
        "select count(*) from (select id from roster.links where entity = 'users' group by id having count(*) = 2) l"
    )
    assert synced.one(moved) == night.expected["users", "rekey"]


@pytest.mark.parametrize("layout", ["combined", "sds_v21"])
def test_every_row_keeps_our_id_if_the_sis_renumbers_all_classes_and_students(town: Town, layout: str) -> None:
    first = world(co_teacher_percent=20)
    town.settle(sources=[town.source(layout)])
    town.night(first, layout)
    before = [town.ask(query) for query in IDS]
    night = after(first, "renumber", "reissue")
    assert_proposed_and_applied(town, night, layout)
    assert [town.ask(query) for query in IDS] == before
    again = after(night.world, "add", "drop", "move", "rename", seed=12)
    assert_planned(town.night(again.world, layout), again)


def assert_proposed_and_applied(town: Town, night: nights.Night, layout: str) -> None:
    """Check that the plan is as expected, and that rekeys without an email are proposed; then approve them."""
    run = town.night(night.world, layout)
    assert run.planned == {key: count for key, count in night.expected.items() if count}
    proposed = dict(
        town.ask(
            "select entity, count(*) from work.changes where run_id = %s and reason = 'REKEY' group by 1", run.run_id
        )
    )
    assert proposed.pop("users") < night.expected["users", "rekey"]
    assert proposed == {entity: night.expected[entity, "rekey"] for entity in ("classes", "courses")}
    assert (run.status, run.code) == ("applied", "HOLD_REQUIRED")
    approval.approve(run.run_id, Decision("the registrar"))


@BOTH
def test_an_as_of_query_returns_the_class_as_it_was_on_each_date(town: Town) -> None:
    from pipelines.operations.as_of import members as members_on

    current = world()
    worlds = [current]
    town.night(current)
    for seed, kinds in enumerate([("drop", "move"), ("rename", "add"), ("return", "move")]):
        current = nights.evolve(current, seed=seed, percent=6, kinds=kinds).world
        worlds.append(current)
        assert town.night(current).status == "applied"
    for then in worlds:
        for class_id in then.classes["class_id"].sample(12, random_state=1):
            found = members_on(town.district_id, then.as_of, class_id)
            assert {(m["role"], m["given_name"], m["family_name"]) for m in found} == members(then, class_id)
    assert members_on(town.district_id, FIRST - timedelta(days=1), worlds[0].classes["class_id"][0]) == []


@BOTH
def test_a_run_that_only_plans_changes_nothing_and_the_next_run_applies_the_plan(synced: Town) -> None:
    first = world()
    night = after(first, "add", "drop", "move", "rename")
    synced.deliver(night.world)
    before = synced.dump()
    run = synced.sync(night.world.as_of, plan_only=True)
    assert (run.status, run.error) == ("planned", None)
    assert run.planned == night.expected
    assert synced.dump() == before
    assert_planned(synced.sync(night.world.as_of), night)


def test_a_late_arriving_run_fills_in_the_past_and_keeps_the_present(town: Town) -> None:
    from pipelines.operations.as_of import members as members_on

    first = world()
    later = after(first, "add", "drop", "move")
    town.night(later.world)
    assert town.night(first).status == "applied"
    assert_roster_is(town, later.world)
    for then in (first, later.world):
        for class_id in then.classes["class_id"].sample(12, random_state=1):
            found = members_on(town.district_id, then.as_of, class_id)
            assert {(m["role"], m["given_name"], m["family_name"]) for m in found} == members(then, class_id)


def test_several_sources_of_a_district_are_loaded_in_one_run(town: Town) -> None:
    first = world()
    town.settle(sources=[town.source("combined"), town.source("staff"), town.source("students")])
    for layout in ("combined", "staff", "students"):
        town.deliver(first, layout)
    assert town.sync(first.as_of).status == "applied"
    assert_roster_is(town, first)
    night = after(first, "add", "drop", "move", "rename")
    for layout in ("combined", "staff", "students"):
        town.deliver(night.world, layout)
    assert_planned(town.sync(night.world.as_of), night)
    assert_roster_is(town, night.world)


@BOTH
def test_a_school_data_sync_delivery_plans_exactly_what_changed(town: Town) -> None:
    town.settle(sources=[town.source("sds_v21")])
    first = world(co_teacher_percent=20)
    opened = town.night(first, "sds_v21")
    expected = nights.opening(first)
    assert {key: opened.planned[key] for key in expected} == expected
    night = after(first, "add", "drop", "move", "rename")
    assert_planned(town.night(night.world, "sds_v21"), night)
    again = after(night.world, "return", "add", seed=5)
    assert_planned(town.night(again.world, "sds_v21"), again)


def test_two_districts_with_the_same_ids_do_not_affect_each_other(town: Town) -> None:
    other = Town(town.folder, town.warehouse, "shelbyville")
    other.settle()
    first = world()
    town.night(first)
    mine = "select u::text from roster.users as u where district_id = 'springfield' order by 1"
    before = town.ask(mine)
    assert other.night(world(seed=8)).status == "applied"
    assert other.night(after(world(seed=8), "drop", "rename").world).status == "applied"
    assert town.ask(mine) == before
    assert_roster_is(town, first)


def test_administrators_are_not_loaded(town: Town) -> None:
    town.settle(sources=[town.source("sds_v21")])
    first = world()
    town.deliver(first, "sds_v21")
    roles = town.drop / first.as_of.isoformat() / "sds_v21" / "roles.csv"
    lines = roles.read_text(encoding="utf-8").splitlines()
    idle = [at for at, line in enumerate(lines) if ",student," in line][:5]
    for at in idle:
        lines[at] = lines[at].replace(",student,", ",administrator,")
    roles.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert town.sync(first.as_of).status == "applied"
    assert town.ask("select distinct role from roster.users order by 1") == [("student",), ("teacher",)]
    assert town.one("select count(*) from roster.users where role = 'student'") == len(first.students) - len(idle)
