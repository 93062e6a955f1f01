"""An undo restores the roster row by row; it is refused if later runs built on the run."""

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
    """Sync a second night; return its run's number and the night."""
    night = nights.evolve(world(), seed=4, percent=percent, kinds=kinds or ALL)
    synced = town.night(night.world)
    assert synced.status == "applied", synced.error
    return synced.run_id, night


def second_night(town: Town) -> None:
    """Sync the second night of `bad`."""
    town.settle()
    changed(town)


@pytest.fixture
def bad(after: Callable[..., Town]) -> Town:
    """The district after a second night with every kind of change."""
    here = after(first_night, second_night)
    here.settle()
    return here


def of_the_second_night() -> tuple[int, nights.Night]:
    """Return the number of the second night's run, and what the night changed."""
    return 2, nights.evolve(world(), seed=4, percent=8, kinds=ALL)


def rows_of(town: Town) -> dict[str, set[str]]:
    """Return all rows, without the archived rows that an undone run had created."""
    undoing = "select run_id from runs.runs where intent = 'undo'"
    rows = f"select r::text from roster.{{}} as r where not (status = 'archived' and run_id in ({undoing}))"
    found = {table: {row for (row,) in town.ask(rows.format(table))} for table in TABLES}
    found["links"] = {row for (row,) in town.ask("select l::text from roster.links as l")}
    return found


@BOTH
def test_an_undo_restores_changed_and_archived_rows_byte_for_byte(synced: Town) -> None:
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
def test_undoing_an_undo_restores_what_the_run_wrote(synced: Town) -> None:
    before = rows_of(synced)
    run_id, night = changed(synced)
    after = synced.dump()
    undoing = undo_run(run_id, "she")[0].run_id
    assert rows_of(synced) == before
    assert_roster_is(synced, world())
    undo_run(undoing, "she")
    assert synced.dump() == after
    assert_roster_is(synced, night.world)
    assert runs.load(run_id).undone_by is None
    undo_run(run_id, "she")
    assert rows_of(synced) == before


def test_an_undo_of_an_undo_can_be_undone_to_any_depth(synced: Town) -> None:
    before = rows_of(synced)
    run_id, night = changed(synced)
    newest = run_id
    for _ in range(3):
        newest = undo_run(newest, "she")[0].run_id
        assert rows_of(synced) == before
        assert_roster_is(synced, world())
        assert runs.load(run_id).undone_by == newest
        newest = undo_run(newest, "she")[0].run_id
        assert_roster_is(synced, night.world)
        assert runs.load(run_id).undone_by is None


def test_an_undo_archives_what_the_run_created_and_deletes_nothing(synced: Town) -> None:
    people = synced.one("select count(*) from roster.users")
    run_id, night = changed(synced, "add")
    created = night.expected["users", "create"]
    undoing = undo_run(run_id, "she")[0].run_id
    assert synced.one("select count(*) from roster.users") == people + created
    archived = "select count(*) from roster.users where status = 'archived' and run_id = %s"
    assert synced.one(archived, undoing) == created
    assert_roster_is(synced, world())


def test_a_reverted_night_is_absent_from_as_of_queries(bad: Town) -> None:
    run_id, night = of_the_second_night()
    undo_run(run_id, "she")
    for on in (FIRST, night.world.as_of, night.world.as_of + timedelta(days=3)):
        for class_id in world().classes["class_id"].sample(10, random_state=2):
            found = {(m["role"], m["given_name"], m["family_name"]) for m in members(bad.district_id, on, class_id)}
            assert found == exported(world(), class_id)


def test_a_corrected_file_is_synced_after_an_undo(bad: Town) -> None:
    run_id, _ = of_the_second_night()
    undo_run(run_id, "she")
    good = nights.evolve(world(), seed=9, percent=5, kinds=ALL)
    synced = bad.night(good.world, name="combined")
    assert synced.status == "applied", synced.error
    assert_roster_is(bad, good.world)


def test_an_undone_snapshot_is_not_applied_again(bad: Town) -> None:
    run_id, night = of_the_second_night()
    undoing = undo_run(run_id, "she")[0].run_id
    before = bad.dump()
    again = bad.night(night.world)
    assert isinstance(again.error, SnapshotUndone)
    assert str(undoing) in again.error.fix
    assert bad.dump() == before


def test_an_undo_is_refused_if_a_later_run_changed_its_rows_and_lists_these_rows(synced: Town) -> None:
    run_id, night = changed(synced, "rename")
    later = nights.evolve(night.world, seed=4, percent=8, kinds=("rename",))
    second = synced.night(later.world).run_id
    before = synced.dump()
    with pytest.raises(UndoConflict, match=rf"later runs \({second}\)"):
        undo_run(run_id, "she")
    assert synced.dump() == before
    listed = undo.conflicts(runs.load(run_id))
    both = "select user_id from history.users group by user_id having count(*) = 2"
    assert {row["id"] for row in listed} == {user for (user,) in synced.ask(both)} != set()
    assert {row["changed_by"] for row in listed} == {second}
    undo_run(second, "she")
    undo_run(run_id, "she")
    assert_roster_is(synced, world())


def test_an_undo_is_refused_if_a_later_run_enrolled_a_person_whom_the_run_created(synced: Town) -> None:
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


def test_a_run_that_changed_nothing_or_is_undone_already_can_not_be_undone(bad: Town) -> None:
    run_id, night = of_the_second_night()
    unchanged = bad.night(night.world).run_id
    with pytest.raises(SettingsInvalid, match="changed nothing"):
        undo_run(unchanged, "she")
    undo_run(run_id, "she")
    with pytest.raises(SettingsInvalid, match="was already undone by run"):
        undo_run(run_id, "she")


def test_an_undo_keeps_an_invitation_accepted(synced: Town) -> None:
    run_id, _ = changed(synced, "rename")
    teacher = "select min(user_id::text) from roster.users where role = 'teacher' and invitation = 'pending'"
    user_id = synced.one(teacher)
    synced.ask("update roster.users set invitation = 'accepted' where user_id = %s", user_id)
    undo_run(run_id, "she")
    assert synced.one("select invitation from roster.users where user_id = %s", user_id) == "accepted"


def test_undoing_an_approved_rekey_removes_its_links(synced: Town) -> None:
    before = rows_of(synced)
    night = nights.evolve(world(), seed=4, percent=5, kinds=("renumber",))
    held = synced.night(night.world)
    assert (held.status, held.code) == ("applied", "HOLD_REQUIRED")
    approval = approve(held.run_id, Decision("she"))[0].run_id
    many = (
        "select count(*) from (select id from roster.links where entity = 'classes' group by id having count(*) = 2) l"
    )
    assert synced.one(many) == night.expected["classes", "rekey"] > 5
    undo_run(approval, "she")
    assert synced.one(many) == 0
    assert rows_of(synced) == before
