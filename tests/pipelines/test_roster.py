"""The composed steps: each may be tried again, an ended run is refused, every end is recorded and reported."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta

import pytest

from pipelines import roster, runs
from pipelines.errors import RunEnded, SettingsInvalid, SourceUnavailable
from pipelines.runs.request import NightRequest, Scope
from sandbox import nights
from tests.exported import assert_roster_is
from tests.town import FIRST, Town, world


def evolved() -> nights.Night:
    return nights.evolve(world(), seed=5, percent=5, kinds=("add", "drop", "move", "rename"))


def test_every_step_may_be_performed_twice(synced: Town) -> None:
    night = evolved()
    synced.deliver(night.world)
    run_id = roster.start(NightRequest(district_id=synced.district_id, as_of=night.world.as_of))
    again = {"stage"}  # its frames are removed once they are staged
    for step in roster.STEPS:
        first = roster.perform(step, run_id)
        if step not in again:
            assert roster.perform(step, run_id).status == first.status
    assert runs.load(run_id).status == "applied"
    assert_roster_is(synced, night.world)
    planned = {name: count for name, count in runs.load(run_id).counts.items() if name.startswith("planned.")}
    assert planned == {f"planned.{entity}.{action}": count for (entity, action), count in night.expected.items()}


@pytest.mark.parametrize("how", ["unchanged", "planned", "stopped", "skipped"])
def test_an_ended_run_refuses_every_step_but_the_report(synced: Town, how: str) -> None:
    run_id = roster.start(NightRequest(district_id=synced.district_id, as_of=FIRST))
    runs.finish(run_id, how)
    for step in roster.STEPS[:-1]:
        with pytest.raises(RunEnded):
            roster.perform(step, run_id)
    assert roster.perform("report", run_id).status == how


def test_an_applied_run_refuses_the_steps_before_merge_and_merges_nothing_again(synced: Town) -> None:
    for step in ("extract", "validate", "stage", "plan", "review"):
        with pytest.raises(RunEnded):
            roster.perform(step, 1)
    before = synced.dump()
    assert roster.perform("merge", 1).counts == {}
    assert synced.dump() == before


def test_an_unexpected_error_is_recorded_without_its_text(synced: Town, caplog: pytest.LogCaptureFixture) -> None:
    synced.deliver(evolved().world)
    run_id = roster.start(NightRequest(district_id=synced.district_id, as_of=evolved().world.as_of))
    synced.ask("alter table runs.imports add constraint unforeseen check (source <> 'sis_file') not valid")
    with caplog.at_level(logging.INFO, logger="pipelines"), pytest.raises(Exception, match="unforeseen"):
        roster.perform("extract", run_id)
    night = runs.load(run_id)
    assert (night.status, night.code, night.reason) == ("failed", "UNEXPECTED", None)
    assert [step["ok"] for step in runs.steps(night)] == [False]
    assert "extract ended the run as failed: IntegrityError" in caplog.text
    synced.ask("alter table runs.imports drop constraint unforeseen")
    assert roster.perform("extract", run_id).status == "running"


def test_an_applied_run_stays_applied_if_a_later_step_fails(synced: Town) -> None:
    synced.deliver(evolved().world)
    run_id = roster.start(NightRequest(district_id=synced.district_id, as_of=evolved().world.as_of))
    for step in roster.STEPS[: roster.STEPS.index("audit")]:
        roster.perform(step, run_id)
    synced.ask("update roster.users set run_id = 1 where run_id = %s", run_id)
    with pytest.raises(Exception, match="AUDIT_FAILED"):
        roster.perform("audit", run_id)
    night = runs.load(run_id)
    assert (night.status, night.code) == ("applied", "AUDIT_FAILED")


def test_a_sync_that_fails_still_writes_its_report(synced: Town) -> None:
    with pytest.raises(SourceUnavailable):
        roster.sync(NightRequest(district_id=synced.district_id, as_of=evolved().world.as_of))
    page = synced.folder / "reports" / synced.district_id / "run-2" / "report.json"
    assert json.loads(page.read_text(encoding="utf-8"))["code"] == "SOURCE_UNAVAILABLE"


def test_an_unknown_district_or_source_raises_settings_invalid(synced: Town) -> None:
    with pytest.raises(SettingsInvalid, match="did you mean 'springfield'"):
        roster.start(NightRequest(district_id="sprngfield", as_of=FIRST))
    stopped = synced.sync(FIRST, scope=Scope(source="clever"))
    assert (stopped.status, stopped.code) == ("stopped", "SETTINGS_INVALID")
    synced.settle(sources=[synced.source(kind="pigeon")])
    assert synced.sync(FIRST).code == "SETTINGS_INVALID"


def test_the_log_of_a_run_has_its_counts(synced: Town, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="pipelines"):
        applied = synced.night(evolved().world)
    assert applied.status == "applied"
    for words in (
        f"received {applied.counts['received']:,}",
        "planned.users.create",
        "applied.created",
        "staged.users",
    ):
        assert words in caplog.text


def test_a_date_after_tomorrow_is_refused(synced: Town) -> None:
    today = datetime.now(UTC).date()
    roster.start(NightRequest(district_id=synced.district_id, as_of=today + timedelta(days=1)))
    with pytest.raises(SettingsInvalid, match="is later than tomorrow"):
        roster.start(NightRequest(district_id=synced.district_id, as_of=today + timedelta(days=3)))
