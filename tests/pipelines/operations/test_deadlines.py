"""An import that is missing at its deadline is reported, listed once, and replaced when it arrives."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pipelines import runs
from pipelines.errors import DistrictDisabled, ImportMissing, SettingsInvalid
from pipelines.operations import deadlines
from pipelines.settings import load_district
from sandbox import nights
from tests.town import FIRST, Town, world

ZONE = ZoneInfo("America/Chicago")
NEXT = FIRST + timedelta(days=1)


def settle(town: Town, by: str = "05:00", **facts: Any) -> None:
    sources = [town.source(expected_by=by)]
    town.settle(**{"timezone": ZONE.key, "enabled": True, "sources": sources} | facts)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE)


def look(town: Town, moment: datetime) -> list[deadlines.Expected]:
    return deadlines.watch(load_district(town.district_id), moment)


def missed(town: Town, moment: datetime) -> ImportMissing:
    with pytest.raises(ImportMissing) as caught:
        look(town, moment)
    return caught.value


def listed(town: Town) -> list[tuple[Any, ...]]:
    return town.ask(
        "select r.as_of, r.status, r.code, i.source, i.status from runs.imports as i join runs.runs as r using (run_id)"
        " where r.run_id > 1 order by r.run_id, i.source_n"
    )


def test_a_night_without_a_run_is_listed_once_as_missing(synced: Town) -> None:
    settle(synced)
    said = str(missed(synced, at(NEXT, 5)))
    assert "sis_file's import for 2026-09-02, expected by 05:00 on 2026-09-02, is missing: no run has begun" in said
    assert "docs/runbook.md#import_missing" in said
    assert "run 2 lists the import as missing" in str(missed(synced, at(NEXT, 7)))
    assert listed(synced) == [(NEXT, "stopped", "IMPORT_MISSING", "sis_file", "missing")]


def test_a_received_import_is_not_missing_whatever_its_runs_status(synced: Town) -> None:
    settle(synced)
    synced.deliver(nights.evolve(world(), seed=2, percent=5).world)
    night = synced.sync(NEXT, plan_only=True)
    assert night.status == "planned"
    (there,) = look(synced, at(NEXT, 5))
    assert str(there).endswith(f"received in run {night.run_id}")


def test_an_import_without_a_file_is_listed_as_missing_after_the_deadline(synced: Town) -> None:
    settle(synced)
    assert synced.sync(NEXT).code == "SOURCE_UNAVAILABLE"
    assert "run 2 has refused the import with SOURCE_UNAVAILABLE" in str(missed(synced, at(NEXT, 5)))
    assert listed(synced) == [(NEXT, "failed", "SOURCE_UNAVAILABLE", "sis_file", "missing")]


def test_a_refused_import_stays_listed_as_refused_after_the_deadline(synced: Town) -> None:
    settle(synced)
    synced.deliver(nights.evolve(world(), seed=2, percent=5).world, without=("student_id",))
    synced.sync(NEXT)
    assert "has refused the import with CONTRACT_BROKEN" in str(missed(synced, at(NEXT, 5)))
    assert listed(synced) == [(NEXT, "stopped", "CONTRACT_BROKEN", "sis_file", "refused")]


def test_a_late_import_is_synced_and_is_no_longer_missing(synced: Town) -> None:
    settle(synced)
    missed(synced, at(NEXT, 5))
    assert synced.night(nights.evolve(world(), seed=2, percent=5).world).status == "applied"
    assert look(synced, at(NEXT, 5))[0].status == "applied"
    assert [one[4] for one in listed(synced)] == ["missing", "applied"]


def test_a_retried_extract_replaces_the_missing_import(synced: Town) -> None:
    from pipelines import roster
    from pipelines.runs.request import NightRequest

    settle(synced)
    run_id = roster.start(NightRequest(district_id=synced.district_id, as_of=NEXT))
    assert "run 2 has not received the import" in str(missed(synced, at(NEXT, 5)))
    synced.deliver(nights.evolve(world(), seed=2, percent=5).world)
    roster.perform("extract", run_id)
    assert [one[4] for one in listed(synced)] == ["received"]
    assert runs.load(run_id).status == "running"


def test_a_night_is_not_missing_after_a_later_night_was_applied(synced: Town) -> None:
    settle(synced)
    later = nights.evolve(nights.evolve(world(), seed=2, percent=5).world, seed=2, percent=5).world
    synced.night(later)
    assert look(synced, at(NEXT, 5))[0].status == "applied"


@pytest.mark.parametrize(
    ("schedule", "by", "moment", "night"),
    [
        ("0 2 * * *", "05:00", at(NEXT, 5), NEXT),
        ("0 2 * * *", "05:00", at(NEXT, 4, 59), FIRST),  # yesterday's deadline is the latest
        ("0 22 * * *", "05:00", at(NEXT, 5), FIRST),  # a night of the evening describes the evening's date
        ("0 2 * * 1-5", "05:00", at(date(2026, 9, 6), 6), date(2026, 9, 4)),  # on a Sunday: Friday's
        ("@daily", "00:00", at(NEXT, 12), NEXT),
        ("0 2 * * *", "23:30", at(NEXT, 5), FIRST),
    ],
)
def test_the_due_night_is_the_schedules_last_time_before_the_deadline(
    town: Town, schedule: str, by: str, moment: datetime, night: date
) -> None:
    settle(town, by, schedule=schedule)
    (due,) = deadlines.expected(load_district(town.district_id), moment)
    assert due.as_of == night


def test_each_source_has_its_own_deadline_or_none(synced: Town) -> None:
    staff, students = synced.source("staff", expected_by="06:00"), synced.source("students")
    synced.settle(enabled=True, sources=[synced.source(expected_by="05:00"), students, staff])
    found = deadlines.expected(load_district(synced.district_id), datetime(2026, 9, 2, 5, 30, tzinfo=ZoneInfo("UTC")))
    assert [(one.source_n, one.as_of) for one in found] == [(0, NEXT), (2, FIRST)]


def test_a_disabled_district_expects_no_import(town: Town) -> None:
    settle(town, enabled=False)
    with pytest.raises(DistrictDisabled):
        look(town, at(NEXT, 5))


def test_an_invalid_schedule_is_refused(town: Town) -> None:
    settle(town, schedule="every night")
    with pytest.raises(SettingsInvalid, match="schedule"):
        look(town, at(NEXT, 5))


def test_an_unchanged_source_is_recognised_by_its_bytes(synced: Town) -> None:
    district = load_district(synced.district_id)
    assert deadlines.same_since(district, 0, FIRST) == FIRST
    night = nights.evolve(world(), seed=2, percent=5).world
    synced.night(night)
    same = synced.drop / str(NEXT + timedelta(days=1))
    same.symlink_to(synced.drop / str(NEXT))
    assert synced.sync(NEXT + timedelta(days=1)).status == "unchanged"
    assert deadlines.same_since(district, 0, NEXT + timedelta(days=1)) == NEXT
