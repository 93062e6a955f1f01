"""Notice a late import: check whether a night's imports are there by their deadlines (GC-18).

It reads only the record of runs. So it is right even if no run has begun, because the nightly DAG is paused or the
scheduler was down.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from croniter import CroniterError, croniter

from pipelines import runs
from pipelines.errors import DistrictDisabled, ImportMissing, SettingsInvalid
from pipelines.runs.request import NightRequest
from pipelines.settings import District
from pipelines.sources import configured, module_of
from pipelines.store.engine import transaction
from pipelines.store.statements import execute, rows

ARRIVED = frozenset({"received", "unchanged", "applied"})


@dataclass(frozen=True)
class Expected:
    """An import that was due by now: of which night, by when, and its run, status and code."""

    source_n: int
    source: str
    as_of: date
    by: str
    run_id: int | None
    status: str | None
    code: str | None

    @property
    def is_missing(self) -> bool:
        """Return whether the import did not arrive or was not accepted."""
        return self.status not in ARRIVED

    def __str__(self) -> str:
        subject = f"{self.source}'s import for {self.as_of}, expected by {self.by}"
        if self.run_id is None:
            return f"{subject}, is missing: no run has begun"
        if self.status is None:
            return f"{subject}, is missing: run {self.run_id} has not received the import"
        if self.status == "missing":
            return f"{subject}, is missing: run {self.run_id} lists the import as missing"
        if self.is_missing:
            return f"{subject}, is not accepted: run {self.run_id} has {self.status} the import with {self.code}"
        return f"{subject}: {self.status} in run {self.run_id}"


def expected(district: District, moment: datetime) -> list[Expected]:
    """Return the imports whose latest deadline before a moment has passed, one per source that has a deadline."""
    local = moment.astimezone(district.zone).replace(tzinfo=None)
    watched = [(n, source) for n, source in enumerate(district.sources) if source.expected_by]
    return [
        _read_expected(district, source_n, source.kind, _night_due(district, source.expected_by or "", local))
        for source_n, source in watched
    ]


def watch(district: District, moment: datetime) -> list[Expected]:
    """Check the expected imports: list the missing ones and raise ImportMissing.

    A second check lists nothing twice. Raises DistrictDisabled if the district is not enabled.
    """
    if not district.enabled:
        raise DistrictDisabled("the settings say enabled: false", owner=district.owner, fix="set enabled: true")
    found = expected(district, moment)
    missing = [one for one in found if one.is_missing]
    if not missing:
        return found
    error = ImportMissing(
        "; ".join(map(str, missing)),
        owner=district.owner,
        fix="check the export at the SIS; if no run has begun, check whether the nightly DAG is paused",
    )
    for as_of in sorted({one.as_of for one in missing}):
        _list_missing(district, [one for one in missing if one.as_of == as_of], error)
    raise error


def same_since(district: District, source_n: int, as_of: date) -> date | None:
    """Return since which night a source has delivered the same bytes; None before its first delivery."""
    key = {"district_id": district.district_id, "source_n": source_n, "source": district.sources[source_n].kind}
    with transaction() as connection:
        found: date | None = execute(connection, "operations/deadlines.same_since", **key, as_of=as_of).scalar_one()
    return found


def _night_due(district: District, by: str, local: datetime) -> tuple[date, str]:
    """Return the night that the latest deadline is about, and the deadline in words.

    The night is that of the schedule's last time at or before the deadline, in the district's local time.
    """
    deadline = datetime.combine(local.date(), time.fromisoformat(by))
    if deadline > local:
        deadline -= timedelta(days=1)
    try:
        begun: datetime = croniter(district.schedule, deadline + timedelta(seconds=1)).get_prev(datetime)
    except CroniterError:
        raise SettingsInvalid("schedule: not a cron expression", fix="correct the settings file") from None
    return begun.date(), f"{deadline:%H:%M} on {deadline:%Y-%m-%d}"


def _read_expected(district: District, source_n: int, source: str, due: tuple[date, str]) -> Expected:
    as_of, by = due
    key = {"district_id": district.district_id, "as_of": as_of}
    with transaction() as connection:
        found = rows(connection, "operations/deadlines.import", **key, source_n=source_n, source=source)
        last = execute(connection, "operations/deadlines.run_of", **key).scalar_one()
    listed = found[0] if found else {"run_id": last, "status": None, "code": None}
    return Expected(source_n, source, as_of, by, **listed)


def _list_missing(district: District, missing: Sequence[Expected], error: ImportMissing) -> None:
    """List the missing imports with the night's newest run.

    A night without a run gets one that only records the error.
    """
    as_of = missing[0].as_of
    with transaction() as connection:
        run_id = execute(
            connection, "operations/deadlines.run_of", district_id=district.district_id, as_of=as_of
        ).scalar_one()
    if run_id is None:
        run_id = runs.start(NightRequest(district_id=district.district_id, as_of=as_of, scheduled=True))
        runs.finish(run_id, "stopped", error)
    for one in missing:
        layout = module_of(one.source).layout_of(configured(district.sources[one.source_n])).name
        facts = json.dumps(runs.ended_by(error.explained) | {"reason": str(one)})
        key = {"district_id": district.district_id, "run_id": run_id, "source_n": one.source_n}
        with transaction() as connection:
            execute(
                connection, "operations/deadlines.list_missing", **key, source=one.source, layout=layout, facts=facts
            )
