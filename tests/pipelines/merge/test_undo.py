"""A run taken back leaves the roster as it was, row by row; where others built on it, it is not taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from pipelines import runs
from pipelines.errors import SettingsInvalid, SnapshotUndone, UndoConflict
from pipelines.merge import undo
from pipelines.operations.approval import approve
from pipelines.operations.as_of import members
from pipelines.operations.undo import undo_run
from pipelines.runs.request import Decision, UndoRequest
from sandbox import nights
from tests.exported import assert_roster_is
from tests.exported import members as exported
from tests.town import FIRST, Town, first_night, world
from tests.warehouse import BOTH, Dump

ALL = ("drop", "rename", "move", "period", "rekey", "add")
TABLES = ("schools", "terms", "courses", "classes", "users", "enrollments")


def changed(town: Town, *kinds: str, percent: float = 8) -> tuple[int, nights.Night]:
    """A second night; its run's number."""
    night = nights.evolve(world(), seed=4, percent=percent, kinds=kinds or ALL)
    told = town.night(night.world)
    assert told.status == "applied", told.error
    return told.run_id, night


def second_night(town: Town) -> None:
    """What has happened to `bad`."""
    town.settle()
    changed(town)


@pytest.fixture
def bad(after: Callable[..., Town]) -> Town:
    """The district after a second night with every kind of change."""
    here = after(first_night, second_night)
    here.settle()
    return here


def of_the_second_night() -> tuple[int, nights.Night]:
    """Its run's number, and what it changed."""
    return 2, nights.evolve(world(), seed=4, percent=8, kinds=ALL)


def known(town: Town) -> dict[str, set[str]]:
    """Every row but those that an undone run had created: they stay, archived and nobody's."""
    undoing = "select run_id from runs.runs where intent = 'undo'"
    rows = f"select r::text from roster.{{}} as r where not (status = 'archived' and run_id in ({undoing}))"
    told = {table: {row for (row,) in town.ask(rows.format(table))} for table in TABLES}
    told["links"] = {row for (row,) in town.ask("select l::text from roster.links as l")}
    return told


@BOTH
def test_what_changed_and_left_is_back_byte_for_byte(synced: Town) -> None:
    before: Dump = synced.dump()
    run_id, _ = changed(synced, "drop", "rename", "move", "period")
    outcomes = undo_run(run_id, "the registrar", "a bad file")
    now = synced.dump()
    for table in (f"roster.{name}" for name in ("classes", "users", "courses", "terms", "schools", "links")):
        assert now[table] == before[table]
    undone = runs.load(run_id)
    assert undone.undone_by == outcomes[0].run_id
    undo = runs.load(outcomes[0].run_id)
    assert isinstance(undo.request, UndoRequest)
    assert (undo.reverts, undo.request.by, undo.request.why) == (run_id, "the registrar", "a bad file")
    assert_roster_is(synced, world())


@BOTH
def test_undone_and_undone_again_everything_is_as_the_run_left_it(synced: Town) -> None:
    before = known(synced)
    run_id, night = changed(synced)
    after = synced.dump()
    undoing = undo_run(run_id, "she")[0].run_id
    assert known(synced) == before
    assert_roster_is(synced, world())
    undo_run(undoing, "she")
    assert synced.dump() == after
    assert_roster_is(synced, night.world)
    assert runs.load(run_id).undone_by is None
    undo_run(run_id, "she")
    assert known(synced) == before


def test_what_the_run_created_is_archived_and_nothing_is_deleted(synced: Town) -> None:
    people = synced.one("select count(*) from roster.users")
    run_id, night = changed(synced, "add")
    created = night.expected["users", "create"]
    undoing = undo_run(run_id, "she")[0].run_id
    assert synced.one("select count(*) from roster.users") == people + created
    archived = "select count(*) from roster.users where status = 'archived' and run_id = %s"
    assert synced.one(archived, undoing) == created
    assert_roster_is(synced, world())


def test_an_undone_night_was_in_force_on_no_night(bad: Town) -> None:
    run_id, night = of_the_second_night()
    undo_run(run_id, "she")
    for on in (FIRST, night.world.as_of, night.world.as_of + timedelta(days=3)):
        for class_id in world().classes["class_id"].sample(10, random_state=2):
            told = {(m["role"], m["given_name"], m["family_name"]) for m in members(bad.district_id, on, class_id)}
            assert told == exported(world(), class_id)


def test_the_corrected_file_is_synced_after_the_bad_one_was_undone(bad: Town) -> None:
    run_id, _ = of_the_second_night()
    undo_run(run_id, "she")
    good = nights.evolve(world(), seed=9, percent=5, kinds=ALL)
    told = bad.night(good.world, name="combined")
    assert told.status == "applied", told.error
    assert_roster_is(bad, good.world)


def test_the_same_bad_file_is_not_applied_again_the_next_night(bad: Town) -> None:
    run_id, night = of_the_second_night()
    undoing = undo_run(run_id, "she")[0].run_id
    before = bad.dump()
    again = bad.night(night.world)
    assert isinstance(again.error, SnapshotUndone)
    assert str(undoing) in again.error.fix
    assert bad.dump() == before


def test_a_run_is_not_taken_back_from_under_a_later_one_and_what_is_in_the_way_is_named(synced: Town) -> None:
    run_id, night = changed(synced, "rename")
    later = nights.evolve(night.world, seed=4, percent=8, kinds=("rename",))
    second = synced.night(later.world).run_id
    before = synced.dump()
    with pytest.raises(UndoConflict, match=f"by run {second}"):
        undo_run(run_id, "she")
    assert synced.dump() == before
    named = undo.conflicts(runs.load(run_id))
    both = "select user_id from history.users group by user_id having count(*) = 2"
    assert {row["id"] for row in named} == {user for (user,) in synced.ask(both)} != set()
    assert {row["changed_by"] for row in named} == {second}
    undo_run(second, "she")
    undo_run(run_id, "she")
    assert_roster_is(synced, world())


def test_who_was_created_and_given_a_seat_since_is_not_archived_from_it(synced: Town) -> None:
    run_id, night = changed(synced, "add")
    later = nights.evolve(night.world, seed=2, percent=40, kinds=("move",))
    assert synced.night(later.world).status == "applied"
    sitting = synced.one(
        "select count(*) from roster.enrollments as e join work.changes as c on c.id = e.user_id and c.run_id = %s"
        " where c.action = 'create' and e.run_id > %s and e.status = 'active'",
        run_id,
        run_id,
    )
    assert sitting > 0
    with pytest.raises(UndoConflict):
        undo_run(run_id, "she")


def test_a_run_that_changed_nothing_or_was_undone_is_not_undone(bad: Town) -> None:
    run_id, night = of_the_second_night()
    unchanged = bad.night(night.world).run_id
    with pytest.raises(SettingsInvalid, match="changed nothing"):
        undo_run(unchanged, "she")
    undo_run(run_id, "she")
    with pytest.raises(SettingsInvalid, match="was undone by run"):
        undo_run(run_id, "she")


def test_an_invitation_that_was_accepted_since_stays_accepted(synced: Town) -> None:
    run_id, _ = changed(synced, "rename")
    teacher = "select min(user_id::text) from roster.users where role = 'teacher' and invitation = 'pending'"
    user_id = synced.one(teacher)
    synced.ask("update roster.users set invitation = 'accepted' where user_id = %s", user_id)
    undo_run(run_id, "she")
    assert synced.one("select invitation from roster.users where user_id = %s", user_id) == "accepted"


def test_an_approved_rekey_is_taken_back_with_its_links(synced: Town) -> None:
    before = known(synced)
    night = nights.evolve(world(), seed=4, percent=5, kinds=("renumber",))
    told = synced.night(night.world)
    assert (told.status, told.code) == ("applied", "HOLD_REQUIRED")
    approval = approve(told.run_id, Decision("she"))[0].run_id
    many = (
        "select count(*) from (select id from roster.links where entity = 'classes' group by id having count(*) = 2) l"
    )
    assert synced.one(many) == night.expected["classes", "rekey"] > 5
    undo_run(approval, "she")
    assert synced.one(many) == 0
    assert known(synced) == before
