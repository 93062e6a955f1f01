"""Holds: approved as they were seen, rejected, stale or expired; and depending changes are held with them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipelines import runs
from pipelines.errors import HoldRequired, SettingsInvalid, StalePlan
from pipelines.operations.approval import approve
from pipelines.review import holds
from pipelines.runs.request import Decision
from sandbox import nights
from tests.exported import assert_roster_is
from tests.remembered import gaps
from tests.town import Town, first_night, generous, world
from tests.warehouse import BOTH

SHE = Decision("the registrar", "it is meant")
STRICT = generous() | {"archive_percent": 0, "archive_rows": 0}
BROKEN = """
select count(*) from roster.enrollments as e
left join roster.users as u on u.user_id = e.user_id and u.status = 'active'
left join roster.classes as c on c.class_id = e.class_id and c.status = 'active'
where e.status = 'active' and (u.user_id is null or c.class_id is null)
"""


def hold_part(town: Town, *kinds: str, percent: float = 20, **limits: float) -> tuple[runs.Run, nights.Night]:
    """Sync a night of which a part is held; return the run and the night."""
    town.settle(limits=STRICT | limits)
    night = nights.evolve(world(), seed=6, percent=percent, kinds=kinds)
    synced = town.night(night.world)
    assert isinstance(synced.error, HoldRequired), synced
    return runs.load(synced.run_id), night


def hold_departures(town: Town) -> None:
    """Sync the second night of `held`."""
    hold_part(town, "drop")


@pytest.fixture
def held(after: Callable[..., Town]) -> Town:
    """Return the district after a second night whose departures are held."""
    here = after(first_night, hold_departures)
    here.settle(limits=STRICT)
    return here


def second_night(town: Town) -> runs.Run:
    """Return the run of which a part is held."""
    return runs.load(runs.recent(town.district_id, 1)[0]["run_id"])


def without_the_departed() -> nights.Night:
    """Return the night whose departures are held in `held`."""
    return nights.evolve(world(), seed=6, percent=20, kinds=("drop",))


@BOTH
def test_approved_changes_are_applied_by_a_run_of_their_own(synced: Town) -> None:
    run, night = hold_part(synced, "drop", "rename", "add")
    outcomes = approve(run.run_id, SHE)
    assert [one.step for one in outcomes] == ["merge", "audit", "report"]
    assert_roster_is(synced, night.world)
    approval = runs.load(outcomes[0].run_id)
    assert (approval.status, approval.as_of) == ("applied", run.as_of)
    assert runs.load(run.run_id).code is None
    stored = synced.ask("select status, decided_by, why, applied_by from runs.holds")
    assert set(stored) == {("approved", SHE.by, SHE.why, approval.run_id)}
    (choice, by), *_ = synced.ask("select choice, decided_by from runs.decisions")
    assert (choice, by) == ("approve", SHE.by)
    assert synced.one("select count(*) from runs.audit_log where act = 'hold.approve'") == 1


def test_approving_one_hold_leaves_the_others_open(held: Town) -> None:
    run = second_night(held)
    first, *others = holds.of_run(run)
    assert others
    approve(run.run_id, Decision(SHE.by, holds=(first["hold_n"],)))
    assert [hold["status"] for hold in holds.of_run(run)] == ["approved", *["open"] * len(others)]
    assert runs.load(run.run_id).code == "HOLD_REQUIRED"
    assert held.one(BROKEN) == 0
    approve(run.run_id, SHE)
    assert runs.load(run.run_id).code is None


def test_a_second_approval_of_the_same_holds_is_refused(held: Town) -> None:
    run = second_night(held)
    approve(run.run_id, SHE)
    before = held.dump()
    with pytest.raises(StalePlan):
        approve(run.run_id, SHE)
    assert held.dump() == before


def test_an_approval_is_refused_if_the_held_changes_differ_from_those_seen(held: Town) -> None:
    run = second_night(held)
    before = held.dump()
    with pytest.raises(StalePlan, match="digest"):
        approve(run.run_id, Decision(SHE.by, digest="something-else"))
    held.ask("delete from work.changes where ctid = (select min(ctid) from work.changes where hold_n > 0)")
    with pytest.raises(StalePlan, match="differ from those that were seen"):
        approve(run.run_id, SHE)
    assert held.dump() == before


def test_an_approval_is_refused_if_a_held_value_differs_from_the_one_seen(synced: Town) -> None:
    run, _ = hold_part(synced, "rename", update_percent=0, update_rows=0)
    synced.ask(f"update staging.resolved_users_r{run.run_id}_s0 set family_name = 'Other'")
    before = synced.dump()
    with pytest.raises(StalePlan, match="differ from those that were seen"):
        approve(run.run_id, SHE)
    assert synced.dump() == before


def test_an_approval_by_the_shown_digest_applies_the_held_changes(held: Town) -> None:
    run, night = second_night(held), without_the_departed()
    approve(run.run_id, Decision(SHE.by, digest=holds.digest_of(holds.of_run(run))))
    assert_roster_is(held, night.world)


def test_an_approval_is_refused_if_staged_rows_were_lost_in_a_crash(synced: Town) -> None:
    run, _ = hold_part(synced, "rename", update_percent=0, update_rows=0)
    synced.ask(f"truncate staging.resolved_users_r{run.run_id}_s0")
    with pytest.raises(StalePlan):
        approve(run.run_id, SHE)


def test_a_rejection_changes_no_row_and_is_recorded_with_its_reason(held: Town) -> None:
    run = second_night(held)
    before = held.dump()
    numbers = holds.reject(run, Decision(SHE.by, "cut off"))
    assert held.dump() == before
    assert set(held.ask("select status, why from runs.holds")) == {("rejected", "cut off")}
    assert len(numbers) == held.one("select count(*) from runs.holds")
    with pytest.raises(StalePlan):
        approve(run.run_id, SHE)


def test_an_expired_hold_is_not_applied_and_the_same_snapshot_is_held_again(held: Town) -> None:
    run, night = second_night(held), without_the_departed()
    held.ask("update runs.holds set expires_at = now() - interval '1 second'")
    before = held.dump()
    with pytest.raises(StalePlan, match="expired"):
        approve(run.run_id, SHE)
    assert held.dump() == before
    again = held.night(night.world)
    assert isinstance(again.error, HoldRequired)
    assert held.ask("select status, count(*) > 0 from runs.holds group by 1 order by 1") == [
        ("expired", True),
        ("open", True),
    ]


def test_nobody_is_enrolled_while_the_class_or_the_person_is_held(synced: Town) -> None:
    run, night = hold_part(synced, "add", create_percent=0, create_rows=0)
    created = "select count(*) from roster.users where run_id = %s"
    assert synced.one(created, run.run_id) == 0
    assert synced.one(BROKEN) == 0
    approve(run.run_id, SHE)
    assert_roster_is(synced, night.world)


def test_nobody_with_an_active_enrollment_is_archived(held: Town) -> None:
    run = second_night(held)
    of_enrollments = [hold["hold_n"] for hold in holds.of_run(run) if hold["entity"] == "enrollments"]
    of_people = [hold["hold_n"] for hold in holds.of_run(run) if hold["entity"] == "users"]
    approve(run.run_id, Decision(SHE.by, holds=tuple(of_people)))
    assert held.one(BROKEN) == 0
    approve(run.run_id, Decision(SHE.by, holds=tuple(of_enrollments)))
    assert held.one("select count(*) from work.changes where held and applied_by is null") == 0


def test_a_run_that_only_plans_has_no_open_holds(synced: Town) -> None:
    synced.settle(limits=STRICT)
    night = nights.evolve(world(), seed=6, percent=20, kinds=("drop",))
    synced.deliver(night.world)
    planned = synced.sync(night.world.as_of, plan_only=True)
    assert (planned.status, planned.error) == ("planned", None)
    assert {hold["status"] for hold in holds.of_run(runs.load(planned.run_id))} == {"planned"}
    with pytest.raises(StalePlan):
        approve(planned.run_id, SHE)


def test_a_decision_about_an_unknown_hold_is_refused(held: Town) -> None:
    run = second_night(held)
    with pytest.raises(SettingsInvalid, match="no hold 99"):
        approve(run.run_id, Decision(SHE.by, holds=(99,)))
    with pytest.raises(SettingsInvalid):
        holds.reject(runs.load(1), SHE)


def test_an_additions_only_window_leaves_departures_out_and_holds_nothing(synced: Town) -> None:
    night = nights.evolve(world(), seed=6, percent=20, kinds=("drop", "add"))
    window = {"from": "2026-09-01", "to": "2026-09-10", "mode": "additions_only"}
    synced.settle(windows=[window], limits=STRICT)
    applied = synced.night(night.world)
    assert (applied.status, applied.error) == ("applied", None)
    assert synced.one("select count(*) from roster.users where status = 'archived'") == 0
    assert synced.one("select count(*) from roster.users where run_id = %s", applied.run_id) > 0
    synced.settle()
    later = nights.evolve(night.world, seed=1, percent=1, kinds=("rename",))
    assert synced.night(later.world).status == "applied"
    assert_roster_is(synced, later.world)


def test_the_largest_shares_of_recent_runs_are_found_by_kind_of_limit(synced: Town) -> None:
    current = world()
    for seed in range(3):
        current = nights.evolve(current, seed=seed, percent=3, kinds=("drop", "rename")).world
        assert synced.night(current).status == "applied"
    shares = holds.largest_shares(synced.district_id)
    assert shares["archive"][0] == shares["update"][0] == 3
    assert 0 < shares["archive"][1] < 50
    assert shares["archive"][2] > 0


def test_an_approval_of_a_late_arriving_run_is_applied_at_the_runs_date(synced: Town) -> None:
    dropped = nights.evolve(world(), seed=6, percent=20, kinds=("drop",))
    renamed = nights.evolve(dropped.world, seed=7, percent=5, kinds=("rename",))
    assert synced.night(renamed.world).status == "applied"
    synced.settle(limits=STRICT)
    late = synced.night(dropped.world)
    assert isinstance(late.error, HoldRequired)
    assert_roster_is(synced, renamed.world)
    archived = "select distinct archived_on from roster.users where status = 'archived'"
    assert synced.ask(archived) == [(renamed.world.as_of,)]
    approve(late.run_id, SHE)
    assert synced.ask(archived) == [(dropped.world.as_of,)]
    assert_roster_is(synced, renamed.world)
    assert gaps(synced) == []
