"""A plan is applied once and completely, without its held changes; a plan from an older roster is refused."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from pipelines import runs
from pipelines.errors import ScopeViolated, StalePlan
from pipelines.merge import merge
from pipelines.operations.undo import undo_run
from pipelines.runs.request import Scope
from pipelines.settings import load_district
from sandbox import nights, write
from schemas.entities import ALL
from tests import swift
from tests.exported import assert_roster_is
from tests.town import Town, world
from tests.warehouse import BOTH


def planned(town: Town, tmp_path: Path, *kinds: str) -> tuple[runs.Run, nights.Night]:
    night = nights.evolve(world(), seed=3, percent=5, kinds=kinds)
    (path,) = write.write(night.world, tmp_path / "export")
    return runs.load(swift.planned(town, path, night.world.as_of)), night


def test_merge_writes_and_counts_what_was_planned(synced: Town, tmp_path: Path) -> None:
    run, night = planned(synced, tmp_path, "add", "drop", "rename")
    counts = merge(run, load_district(run.district_id))
    assert counts["applied.created"] == sum(n for (_, action), n in night.expected.items() if action == "create")
    assert counts["applied.archived"] == sum(n for (_, action), n in night.expected.items() if action == "archive")
    assert counts["applied.updated"] == sum(n for (_, action), n in night.expected.items() if action == "update")
    assert runs.load(run.run_id).status == "applied"
    assert synced.ask("select status from runs.imports where run_id = %s", run.run_id) == [("applied",)]
    assert_roster_is(synced, night.world)


def test_a_plan_from_an_older_roster_is_refused(synced: Town, tmp_path: Path) -> None:
    run, _ = planned(synced, tmp_path, "drop")
    other = runs.start(run.request)
    runs.finish(other, "applied")
    before = synced.dump()
    with pytest.raises(StalePlan):
        merge(run, load_district(run.district_id))
    assert synced.dump() == before


def test_held_changes_are_not_applied(synced: Town, tmp_path: Path) -> None:
    run, night = planned(synced, tmp_path, "drop", "rename")
    synced.ask("update work.changes set held = true where run_id = %s and action = 'archive'", run.run_id)
    counts = merge(run, load_district(run.district_id))
    assert counts == {"applied.created": 0, "applied.updated": night.expected["users", "update"], "applied.archived": 0}
    assert synced.one("select count(*) from roster.users where status = 'archived'") == 0


def test_history_has_the_earlier_row_with_the_dates_on_which_it_was_valid(synced: Town, tmp_path: Path) -> None:
    run, night = planned(synced, tmp_path, "rename")
    rows = (
        "select user_id, family_name from roster.users where user_id in (select user_id from history.users) order by 1"
    )
    everybody = dict(synced.ask("select user_id, family_name from roster.users"))
    merge(run, load_district(run.district_id))
    past = synced.ask("select user_id, family_name, valid_from, valid_to, ended_by from history.users order by 1")
    assert len(past) == night.expected["users", "update"]
    first = world().as_of
    for user_id, family_name, *validity in past:
        assert family_name == everybody[user_id]
        assert validity == [first, first + timedelta(days=1), run.run_id]
    assert all(name != everybody[user_id] for user_id, name in synced.ask(rows))


OUTSIDE = {
    "a class of another school is archived": """
        insert into work.changes (district_id, run_id, source_n, entity, action, id, school_id)
        select k.district_id, %s, 0, 'classes', 'archive', k.class_id, k.school_id from roster.classes as k
        where k.school_id = (select id from roster.links where entity = 'schools' and source_id = %s) limit 1
    """,
    "a seat in another school is archived": """
        insert into work.changes (district_id, run_id, source_n, entity, action, class_id, user_id, role, school_id)
        select e.district_id, %s, 0, 'enrollments', 'archive', e.class_id, e.user_id, e.role, k.school_id
        from roster.enrollments as e join roster.classes as k using (district_id, class_id)
        where k.school_id = (select id from roster.links where entity = 'schools' and source_id = %s) limit 1
    """,
    "a person of another school is archived": """
        insert into work.changes (district_id, run_id, source_n, entity, action, id, school_id)
        select u.district_id, %s, 0, 'users', 'archive', u.user_id, u.school_ids[1] from roster.users as u
        where u.school_ids[1] = (select id from roster.links where entity = 'schools' and source_id = %s)
            and u.role = 'student' limit 1
    """,
}


@BOTH
@pytest.mark.parametrize("stray", OUTSIDE.values(), ids=OUTSIDE.keys())
def test_one_row_outside_the_scope_stops_the_merge(synced: Town, tmp_path: Path, stray: str) -> None:
    inside, outside, _ = world().schools["school_id"]
    night = nights.evolve(world(), seed=3, percent=5, kinds=("drop", "rename", "add"))
    (path,) = write.write(night.world, tmp_path / "export")
    run = runs.load(swift.planned(synced, path, night.world.as_of, Scope(schools=(inside,))))
    synced.ask(stray, run.run_id, outside)
    before = synced.dump()
    with pytest.raises(ScopeViolated, match="1 rows of"):
        merge(run, load_district(run.district_id))
    assert synced.dump() == before


def test_local_rows_are_outside_every_scope(synced: Town, tmp_path: Path) -> None:
    run, _ = planned(synced, tmp_path, "rename")
    synced.ask(
        "insert into roster.classes (district_id, class_id, title, origin, status, as_of)"
        " values ('springfield', gen_random_uuid(), 'Chess', 'local', 'active', '2026-09-01')"
    )
    synced.ask(
        "insert into work.changes (district_id, run_id, source_n, entity, action, id)"
        " select district_id, %s, 0, 'classes', 'archive', class_id from roster.classes where origin = 'local'",
        run.run_id,
    )
    with pytest.raises(ScopeViolated):
        merge(run, load_district(run.district_id))
    assert synced.one("select status from roster.classes where origin = 'local'") == "active"


def test_the_scope_proof_ignores_writes_outside_a_merge(synced: Town) -> None:
    synced.ask("update roster.users set family_name = 'Else' where role = 'teacher'")
    assert synced.one("select count(*) from roster.users where family_name = 'Else'") > 0


def test_a_new_column_in_roster_and_history_affects_neither_merge_nor_undo(synced: Town, tmp_path: Path) -> None:
    before = synced.ask("select user_id, family_name, status from roster.users order by 1")
    for entity in ALL:
        for schema in ("roster", "history"):
            synced.ask(f"alter table {schema}.{entity} add column remark text default 'none'")
    run, night = planned(synced, tmp_path, "add", "drop", "move", "rename", "period")
    merge(run, load_district(run.district_id))
    assert_roster_is(synced, night.world)
    assert synced.one("select count(*) from history.users where remark = 'none' and valid_to = %s", run.as_of) > 0
    undo_run(run.run_id, "the registrar")
    gone = "(select user_id from roster.users where archived_on = %s)"
    after = f"select user_id, family_name, status from roster.users where user_id not in {gone} order by 1"
    assert synced.ask(after, run.as_of) == before
