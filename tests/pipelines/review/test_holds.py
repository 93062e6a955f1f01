"""What waits for a person: approved as it was seen, rejected, stale, or expired; and what needs it waits with it."""

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


def waiting(town: Town, *kinds: str, percent: float = 20, **limits: float) -> tuple[runs.Run, nights.Night]:
    """A night of which something waits."""
    town.settle(limits=STRICT | limits)
    night = nights.evolve(world(), seed=6, percent=percent, kinds=kinds)
    told = town.night(night.world)
    assert isinstance(told.error, HoldRequired), told
    return runs.load(told.run_id), night


def departures_wait(town: Town) -> None:
    """What has happened to `held`."""
    waiting(town, "drop")


@pytest.fixture
def held(after: Callable[..., Town]) -> Town:
    """The district in whose second night departures wait."""
    here = after(first_night, departures_wait)
    here.settle(limits=STRICT)
    return here


def second_night(town: Town) -> runs.Run:
    """The run of which something waits."""
    return runs.load(runs.recent(town.district_id, 1)[0]["run_id"])


def without_the_departed() -> nights.Night:
    """The night whose departures wait in `held`."""
    return nights.evolve(world(), seed=6, percent=20, kinds=("drop",))


@BOTH
def test_what_was_approved_is_applied_as_a_run_of_its_own_and_the_roster_is_the_nights(synced: Town) -> None:
    night, told = waiting(synced, "drop", "rename", "add")
    outcomes = approve(night.run_id, SHE)
    assert [one.step for one in outcomes] == ["merge", "audit", "report"]
    assert_roster_is(synced, told.world)
    approval = runs.load(outcomes[0].run_id)
    assert (approval.status, approval.as_of) == ("applied", night.as_of)
    assert runs.load(night.run_id).code is None
    kept = synced.ask("select status, decided_by, why, applied_by from runs.holds")
    assert set(kept) == {("approved", SHE.by, SHE.why, approval.run_id)}
    (choice, by), *_ = synced.ask("select choice, decided_by from runs.decisions")
    assert (choice, by) == ("approve", SHE.by)
    assert synced.one("select count(*) from runs.audit_log where act = 'hold.approve'") == 1


def test_one_of_several_holds_is_approved_and_the_others_go_on_waiting(held: Town) -> None:
    night = second_night(held)
    first, *others = holds.of_run(night)
    assert others
    approve(night.run_id, Decision(SHE.by, holds=(first["hold_n"],)))
    assert [hold["status"] for hold in holds.of_run(night)] == ["approved", *["open"] * len(others)]
    assert runs.load(night.run_id).code == "HOLD_REQUIRED"
    assert held.one(BROKEN) == 0
    approve(night.run_id, SHE)
    assert runs.load(night.run_id).code is None


def test_an_approval_is_applied_once(held: Town) -> None:
    night = second_night(held)
    approve(night.run_id, SHE)
    before = held.dump()
    with pytest.raises(StalePlan):
        approve(night.run_id, SHE)
    assert held.dump() == before


def test_what_is_not_what_was_seen_is_not_applied(held: Town) -> None:
    night = second_night(held)
    before = held.dump()
    with pytest.raises(StalePlan, match="digest"):
        approve(night.run_id, Decision(SHE.by, digest="something-else"))
    held.ask("delete from work.changes where ctid = (select min(ctid) from work.changes where hold_n > 0)")
    with pytest.raises(StalePlan, match="not what was seen"):
        approve(night.run_id, SHE)
    assert held.dump() == before


def test_a_value_that_was_changed_since_it_was_seen_is_noticed_too(synced: Town) -> None:
    night, _ = waiting(synced, "rename", update_percent=0, update_rows=0)
    synced.ask(f"update staging.resolved_users_r{night.run_id}_s0 set family_name = 'Other'")
    before = synced.dump()
    with pytest.raises(StalePlan, match="not what was seen"):
        approve(night.run_id, SHE)
    assert synced.dump() == before


def test_a_digest_that_was_shown_lets_exactly_that_go_on(held: Town) -> None:
    night, told = second_night(held), without_the_departed()
    approve(night.run_id, Decision(SHE.by, digest=holds.digest_of(holds.of_run(night))))
    assert_roster_is(held, told.world)


def test_rows_lost_in_a_crash_of_the_server_are_noticed(synced: Town) -> None:
    night, _ = waiting(synced, "rename", update_percent=0, update_rows=0)
    synced.ask(f"truncate staging.resolved_users_r{night.run_id}_s0")
    with pytest.raises(StalePlan):
        approve(night.run_id, SHE)


def test_what_was_rejected_is_left_alone_and_kept_with_the_reason(held: Town) -> None:
    night = second_night(held)
    before = held.dump()
    numbers = holds.reject(night, Decision(SHE.by, "cut off"))
    assert held.dump() == before
    assert set(held.ask("select status, why from runs.holds")) == {("rejected", "cut off")}
    assert len(numbers) == held.one("select count(*) from runs.holds")
    with pytest.raises(StalePlan):
        approve(night.run_id, SHE)


def test_a_hold_that_nobody_answered_expires_unapplied_and_the_same_snapshot_asks_again(held: Town) -> None:
    night, told = second_night(held), without_the_departed()
    held.ask("update runs.holds set expires_at = now() - interval '1 second'")
    before = held.dump()
    with pytest.raises(StalePlan, match="expired"):
        approve(night.run_id, SHE)
    assert held.dump() == before
    again = held.night(told.world)
    assert isinstance(again.error, HoldRequired)
    assert held.ask("select status, count(*) > 0 from runs.holds group by 1 order by 1") == [
        ("expired", True),
        ("open", True),
    ]


def test_nobody_enters_a_class_or_as_a_person_that_waits_to_be_made(synced: Town) -> None:
    night, told = waiting(synced, "add", create_percent=0, create_rows=0)
    created = "select count(*) from roster.users where run_id = %s"
    assert synced.one(created, night.run_id) == 0
    assert synced.one(BROKEN) == 0
    approve(night.run_id, SHE)
    assert_roster_is(synced, told.world)


def test_nobody_is_archived_who_still_sits_in_a_class(held: Town) -> None:
    night = second_night(held)
    of_enrollments = [hold["hold_n"] for hold in holds.of_run(night) if hold["entity"] == "enrollments"]
    of_people = [hold["hold_n"] for hold in holds.of_run(night) if hold["entity"] == "users"]
    approve(night.run_id, Decision(SHE.by, holds=tuple(of_people)))
    assert held.one(BROKEN) == 0
    approve(night.run_id, Decision(SHE.by, holds=tuple(of_enrollments)))
    assert held.one("select count(*) from work.changes where held and applied_by is null") == 0


def test_a_run_that_only_plans_asks_nobody(synced: Town) -> None:
    synced.settle(limits=STRICT)
    night = nights.evolve(world(), seed=6, percent=20, kinds=("drop",))
    synced.deliver(night.world)
    told = synced.sync(night.world.as_of, plan_only=True)
    assert (told.status, told.error) == ("planned", None)
    assert {hold["status"] for hold in holds.of_run(runs.load(told.run_id))} == {"planned"}
    with pytest.raises(StalePlan):
        approve(told.run_id, SHE)


def test_a_hold_that_is_not_there_is_refused(held: Town) -> None:
    night = second_night(held)
    with pytest.raises(SettingsInvalid, match="no hold 99"):
        approve(night.run_id, Decision(SHE.by, holds=(99,)))
    with pytest.raises(SettingsInvalid):
        holds.reject(runs.load(1), SHE)


def test_in_a_window_of_additions_only_departures_are_left_out_and_nobody_is_asked(synced: Town) -> None:
    night = nights.evolve(world(), seed=6, percent=20, kinds=("drop", "add"))
    window = {"from": "2026-09-01", "to": "2026-09-10", "mode": "additions_only"}
    synced.settle(windows=[window], limits=STRICT)
    told = synced.night(night.world)
    assert (told.status, told.error) == ("applied", None)
    assert synced.one("select count(*) from roster.users where status = 'archived'") == 0
    assert synced.one("select count(*) from roster.users where run_id = %s", told.run_id) > 0
    synced.settle()
    later = nights.evolve(night.world, seed=1, percent=1, kinds=("rename",))
    assert synced.night(later.world).status == "applied"
    assert_roster_is(synced, later.world)


def test_recent_nights_advise_on_the_limits(synced: Town) -> None:
    current = world()
    for seed in range(3):
        current = nights.evolve(current, seed=seed, percent=3, kinds=("drop", "rename")).world
        assert synced.night(current).status == "applied"
    shares = holds.largest_shares(synced.district_id)
    assert shares["archive"][0] == shares["update"][0] == 3
    assert 0 < shares["archive"][1] < 50
    assert shares["archive"][2] > 0


def test_what_a_late_night_holds_is_approved_at_its_place(synced: Town) -> None:
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
