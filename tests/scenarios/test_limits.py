"""Changes that need attention: mass changes, failed expectations, incomplete files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from pipelines.errors import HoldRequired
from pipelines.operations import approval
from pipelines.runs.request import Decision
from sandbox import nights
from tests.exported import assert_roster_is
from tests.town import Told, Town, generous, world
from tests.warehouse import BOTH

USUAL = {"archive_percent": 10, "archive_rows": 5, "update_percent": 50, "update_rows": 20}


def evolved(percent: float, *kinds: str) -> nights.Night:
    return nights.evolve(world(), seed=6, percent=percent, kinds=kinds)


def assert_stopped(run: Told, code: str) -> None:
    assert (run.status, run.code) == ("stopped", code)
    assert run.error is not None
    assert run.error.exit_code == 3


def assert_held(run: Told) -> None:
    assert (run.status, run.code) == ("applied", "HOLD_REQUIRED")
    assert isinstance(run.error, HoldRequired)
    assert run.error.exit_code == 4


@BOTH
def test_a_mass_archive_is_held_with_its_counts_and_the_rest_is_applied(synced: Town) -> None:
    synced.settle(limits=USUAL)
    night = evolved(30, "drop", "rename")
    run = synced.night(night.world)
    assert_held(run)
    assert run.planned == night.expected
    gone = """
        select count(*) from work.changes as c join roster.enrollments as e using (class_id, user_id, role)
        where c.hold_n > 0 and c.entity = 'enrollments' and e.status = 'archived'
    """
    assert synced.one(gone) == 0
    assert run.counts["applied.updated"] == night.expected["users", "update"]
    held = synced.ask("select entity, action, planned, active, allowed from runs.holds order by 1, 2, 3")
    assert {(entity, action) for entity, action, *_ in held} == {("users", "archive"), ("enrollments", "archive")}
    assert all(planned > allowed for _, _, planned, _, allowed in held)
    assert synced.one("select count(*) from work.changes where hold_n > 0") == sum(row[2] for row in held)


def test_a_hold_does_not_block_the_next_run(synced: Town) -> None:
    synced.settle(limits=USUAL)
    assert_held(synced.night(evolved(30, "drop").world))
    small = nights.evolve(evolved(1, "add", "rename").world, seed=2, percent=0)
    assert synced.night(small.world).status == "applied"
    assert_roster_is(synced, small.world)
    assert synced.one("select count(*) from runs.holds where status = 'open'") == 0


def test_changes_within_the_limit_are_applied(synced: Town) -> None:
    night = evolved(30, "drop")
    rows = max(
        count
        for (count,) in synced.ask(
            "select count(*) from roster.enrollments as e join roster.classes using (class_id) group by school_id"
        )
    )
    synced.settle(limits=generous() | {"archive_percent": 0, "archive_rows": rows})
    assert synced.night(night.world).status == "applied"
    assert_roster_is(synced, night.world)


def test_a_mass_update_is_held(synced: Town) -> None:
    synced.settle(limits=generous() | {"update_percent": 5, "update_rows": 2})
    assert_held(synced.night(evolved(30, "rename").world))
    assert synced.ask("select distinct entity, action from runs.holds") == [("users", "update")]


def test_the_first_load_of_a_school_is_within_the_limits(town: Town) -> None:
    first = world()
    one, two, three = first.schools["school_id"]
    strict = {f"{kind}_{unit}": 0 for kind in ("archive", "update", "create") for unit in ("percent", "rows")}
    town.settle(schools=[one], limits=strict)
    assert town.night(first).status == "applied"
    town.settle(schools=[one, two, three], limits=strict)
    run = town.sync(first.as_of)
    assert run.status == "applied", run.error
    assert_roster_is(town, first)


def test_a_first_load_is_held_beyond_first_load_rows(town: Town) -> None:
    town.settle(limits=generous() | {"first_load_rows": 100})
    first = world()
    assert_held(town.night(first))
    held = town.ask("select distinct entity, action, active from runs.holds order by 1")
    assert ("enrollments", "create", 0) in held
    assert {active for _, _, active in held} == {0}
    approval.approve(1, Decision("the registrar"))
    assert_roster_is(town, first)


@pytest.mark.parametrize(("turn_days", "waits"), [(10, False), (3, True)])
def test_the_limits_of_term_start_apply_around_the_first_day_of_a_term(
    synced: Town, turn_days: int, waits: bool
) -> None:
    night = evolved(30, "drop")
    begins = night.world.as_of + timedelta(days=5)
    synced.ask("update roster.terms set begin_date = %s, end_date = null", begins)
    synced.settle(limits=USUAL | {"turn_days": turn_days, "term_start": {"archive_percent": 60}})
    run = synced.night(night.world)
    assert (run.code == "HOLD_REQUIRED") is waits


def test_too_many_quarantined_rows_stop_the_run_before_the_plan(synced: Town) -> None:
    before = synced.dump("roster", "history", "work")
    night = nights.evolve(world(), seed=1, percent=0).world
    (path,) = synced.deliver(night)
    lines = path.read_text(encoding="utf-8").splitlines()
    broken = [line.replace(",", ",,", 1) if number % 3 == 1 else line for number, line in enumerate(lines)]
    path.write_text("\n".join(broken) + "\n", encoding="utf-8")
    run = synced.sync(night.as_of)
    assert_stopped(run, "EXPECTATION_FAILED")
    assert "quarantined_percent" in str(run.error)
    assert synced.dump("roster", "history", "work") == before
    assert synced.one("select count(*) from runs.quarantine") == run.counts["quarantined"] > 300
    assert not list((synced.folder / "landing").rglob("*.arrow"))  # the rows are in the snapshot and the quarantine


def _header_only(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8").partition("\n")[0] + "\n", encoding="utf-8")


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _a_third(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[: len(lines) // 3]), encoding="utf-8")


def _renamed_column(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8").replace("student_id", "pupil_number", 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("spoil", "status", "codes"),
    [
        (Path.unlink, "failed", {"SOURCE_UNAVAILABLE"}),
        (_empty, "stopped", {"SOURCE_INCOMPLETE"}),
        (_header_only, "stopped", {"SOURCE_INCOMPLETE"}),
        (_a_third, "stopped", {"SOURCE_INCOMPLETE"}),
        (_renamed_column, "stopped", {"CONTRACT_BROKEN"}),
    ],
    ids=["missing", "empty", "header only", "a third of the rows", "renamed column"],
)
def test_an_incomplete_file_changes_nothing_and_is_listed_as_refused(
    synced: Town, spoil: Callable[[Path], None], status: str, codes: set[str]
) -> None:
    before = synced.dump("roster", "history", "work")
    night = nights.evolve(world(), seed=1, percent=0).world
    (path,) = synced.deliver(night)
    spoil(path)
    run = synced.sync(night.as_of)
    assert (run.status, {run.code}) == (status, codes), run.error
    assert synced.dump("roster", "history", "work") == before
    assert synced.ask("select status from runs.imports where run_id = %s", run.run_id) == [("refused",)]


def test_a_disabled_district_skips_scheduled_runs_and_allows_runs_by_hand(synced: Town) -> None:
    night = evolved(2, "add")
    synced.deliver(night.world)
    before = synced.dump("roster", "history", "work", "staging")
    run = synced.sync(night.world.as_of, scheduled=True)
    assert (run.status, run.code) == ("skipped", "DISTRICT_DISABLED")
    assert run.error is not None
    assert run.error.exit_code == 0
    assert synced.dump("roster", "history", "work", "staging") == before
    assert not (synced.folder / "landing" / synced.district_id / "sis_file").exists()
    assert synced.sync(night.world.as_of).status == "applied"


def test_a_scheduled_run_of_an_enabled_district_is_applied(synced: Town) -> None:
    synced.settle(enabled=True)
    night = evolved(2, "add")
    synced.deliver(night.world)
    assert synced.sync(night.world.as_of, scheduled=True).status == "applied"
