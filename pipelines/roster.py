"""A roster night, composed: extract → validate → stage → plan → review → merge → audit → report. Read this first.

Each step finds what it needs by the run's number, so the steps may run in one process (`sync`) or as Airflow tasks on
several machines (`start`, then `perform` for each). Every step may be tried again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from pipelines import audit, merge, plan, report, review, runs, stage
from pipelines.errors import Blackout, DistrictDisabled, HoldRequired, RunEnded, SettingsInvalid, SnapshotUndone
from pipelines.extract import nights, pull
from pipelines.merge import undo
from pipelines.review import holds
from pipelines.review.holds import Decision
from pipelines.runs import Counts, Outcome, Run, recording
from pipelines.runs.request import Approval, NightRequest
from pipelines.settings import District, load_district
from pipelines.settings.windows import mode_on
from pipelines.sources.resolved_settings import version
from pipelines.stage import expectations
from pipelines.store import landing
from pipelines.store.engine import transaction

log = logging.getLogger(__name__)

STEPS = ("extract", "validate", "stage", "plan", "review", "merge", "audit", "report")
AFTER_MERGE = frozenset({"merge", "audit", "report"})


def start(request: NightRequest) -> int:
    """Begin a run and return its number; the district's settings must be readable.

    Raises SettingsInvalid for a night that has not come yet: every night up to it would be older than the roster.
    """
    district = load_district(request.district_id)
    tomorrow = datetime.now(district.zone).date() + timedelta(days=1)
    if request.as_of > tomorrow:
        raise SettingsInvalid(f"the night of {request.as_of} has not come yet", fix="correct the date")
    return runs.start(request, settings=version(district))


def sync(request: NightRequest) -> list[Outcome]:
    """A whole night in one process. A run that ends early is reported, too; the error that stopped it is raised.

    Raises HoldRequired after all is done when a part of the night waits for a person.
    """
    return perform_night(start(request))


def perform_night(run_id: int) -> list[Outcome]:
    """The same for a run that has begun."""
    outcomes = _perform_all(run_id, STEPS[:-1])
    night = runs.load(run_id)
    waiting = [] if night.request.plan_only else holds.waiting(night.district_id)
    if waiting:
        newest = waiting[-1]
        raise HoldRequired(
            f"{newest['changes']} changes in {newest['holds']} parts of run {newest['run_id']} wait for a person; "
            "the rest was applied",
            owner=load_district(night.district_id).owner,
            fix=f"look at them: rollbook plan show --run {newest['run_id']}; then rollbook plan approve, or reject",
        )
    return outcomes


def approve(run_id: int, decision: Decision) -> list[Outcome]:
    """Apply what a run holds and a person approves, as a run of its own. Raises StalePlan for what waits no more."""
    night = runs.load(run_id)
    holds.check(night, decision)
    approval = Approval(run_id=run_id, **asdict(decision))
    request = NightRequest(district_id=night.district_id, as_of=night.as_of, approves=approval)
    return _perform_all(start(request), ("merge", "audit"))


def take_back(run_id: int, by: str, why: str = "") -> list[Outcome]:
    """Undo a run, as a run of its own, which can be undone. Raises UndoConflict where later runs built on it."""
    night = runs.load(run_id)
    undo.check(night)
    request = NightRequest(district_id=night.district_id, as_of=night.as_of, undo=run_id, by=by, why=why)
    return _perform_all(start(request), ("merge", "audit"))


def _perform_all(run_id: int, these: tuple[str, ...]) -> list[Outcome]:
    outcomes = []
    try:
        for step in these:
            outcomes.append(perform(step, run_id))
            if outcomes[-1].status not in {"running", "applied"}:
                break
    finally:
        outcomes.append(perform("report", run_id))
    return outcomes


def perform(step: str, run_id: int) -> Outcome:
    """Perform one step of a run, and record how it went.

    Raises RunEnded when the run has ended before this step, and whatever stops the step itself.
    """
    night = runs.load(run_id)
    if _is_over(night, step):
        raise RunEnded(f"the run has ended as {night.status} before {step}", fix="nothing")
    if night.status == "failed" and step != "report":
        runs.resume(run_id)
    return recording.record(night, step, lambda: _STEPS[step](night, load_district(night.district_id)))


def extract(night: Run, district: District) -> Counts:
    """Pull each source into the landing zone; the same bytes, read the same way, end the night as `unchanged`."""
    if night.request.scheduled and not district.enabled:
        raise DistrictDisabled("the settings say enabled: false", owner=district.owner, fix="set enabled: true")
    changed, counts = False, {"files": 0, "bytes": 0}
    for source_n, source in nights.sources(night, district):
        delivery, same = pull.extract(night, district, source_n, source)
        counts["files"] += len(delivery.parts)
        counts["bytes"] += sum(part.bytes for part in delivery.parts)
        changed |= not same
    if mode_on(district, night.as_of) == "blackout" and not night.request.plan_only:
        raise Blackout("the settings' windows: let nothing change on this night; the snapshot is kept", fix="nothing")
    if not changed:
        runs.conclude_imports(night, "unchanged")
        runs.finish(night.run_id, "unchanged")
    elif undone := undo.of_the_same_snapshot(night):
        raise SnapshotUndone(
            f"this is the snapshot of run {undone.run_id}, which run {undone.undone_by} took back",
            owner=district.owner,
            fix=f"correct the export, or have it back: rollbook undo --run {undone.undone_by}",
        )
    return counts


def split(night: Run, district: District) -> Counts:
    """Read each snapshot and split its rows into accepted and quarantined ones."""
    counts: Counts = {}
    for source_n, source in nights.sources(night, district):
        with pull.listing_refusals(night, source_n, source), transaction() as connection:
            judged = nights.judge(connection, night, district, source_n, source)
        kept = {f"accepted.{name}": frame for name, frame in judged.accepted.items()}
        kept |= {f"present.{name}": frame for name, frame in judged.present.items()} | {"quarantine": judged.quarantine}
        landing.keep_frames(night.district_id, night.run_id, str(source_n), kept)
        findings = [asdict(finding) for finding in judged.findings]
        runs.keep_findings(night, source_n, judged.counts, findings, judged.facts)
        _add(counts, judged.counts)
        _add(counts, {f"found.{finding.code}": finding.count for finding in judged.findings})
    return counts


def load(night: Run, district: District) -> Counts:
    """Load the accepted rows into staging and check the promises about the whole delivery."""
    for overtaken in runs.overtake(night):
        landing.forget_frames(night.district_id, overtaken)
    counts: Counts = {}
    for source_n in nights.kinds(night, district):
        frames = dict(_frames(night, source_n))
        accepted, present = _starting_with("accepted.", frames), _starting_with("present.", frames)
        _add(counts, stage.load(night, source_n, accepted, present))
        stage.keep_quarantine(night, source_n, frames["quarantine"])
        expectations.check_delivery(night, district, source_n, stage.totals(night, source_n))
    landing.forget_frames(night.district_id, night.run_id)
    return counts


def make_plan(night: Run, district: District) -> Counts:
    """Work out what would change."""
    with transaction() as connection:
        delivered = nights.delivered(connection, night, district)
    counts = plan.plan(night, delivered)
    return {f"planned.{name}": count for name, count in counts.items()} | {"planned": sum(counts.values())}


def check_limits(night: Run, district: District) -> Counts:
    """Compare the plan with the limits; what is beyond them is held and waits for a person, the rest flows on."""
    counts = review.review(night, district, [*nights.kinds(night, district)])
    if night.request.plan_only:
        runs.finish(night.run_id, "planned")
    return {"holds": 0} | counts


def apply(night: Run, district: District) -> Counts:
    """Apply the run at its place among the nights, in one transaction; one that was applied already is left alone."""
    return merge.apply(night, district)


def prove(night: Run, district: District) -> Counts:
    """Prove that what was written is what was planned, and check the promises about the roster."""
    counts = audit.audit(night)
    if night.request.undo is None and not night.behind:  # an older night's roster is not the present one
        totals = audit.totals(night)
        expectations.check_roster(night, district, totals)
        counts |= {"students": totals["students"]}
    return counts


def tell(night: Run, district: District) -> Counts:
    """Write the night's report, whatever became of the night."""
    log.info("report: %s", report.write(night))
    if night.status in runs.ENDED:  # a stopped night leaves no copy of its rows behind
        landing.forget_frames(night.district_id, night.run_id)
    staged_by = runs.load(night.request.approves.run_id) if night.request.approves else night
    if night.status == "applied" and not holds.is_open(staged_by):
        stage.drop(staged_by, len(district.sources))
    told = runs.imports(night)
    return {"imports": len(told), "quarantined": sum(one["counts"].get("quarantined", 0) for one in told)}


_STEPS = dict(zip(STEPS, (extract, split, load, make_plan, check_limits, apply, prove, tell), strict=True))


def _frames(night: Run, source_n: int) -> Iterator[tuple[str, Any]]:
    for name in landing.frame_names(night.district_id, night.run_id, str(source_n)):
        yield name, landing.frame(night.district_id, night.run_id, str(source_n), name)


def _starting_with(prefix: str, frames: dict[str, Any]) -> dict[str, Any]:
    return {name.removeprefix(prefix): frame for name, frame in frames.items() if name.startswith(prefix)}


def _add(counts: Counts, more: Counts) -> None:
    for name, count in more.items():
        counts[name] = counts.get(name, 0) + count


def _is_over(night: Run, step: str) -> bool:
    if step == "report":
        return False
    return night.status in runs.ENDED and not (night.status == "applied" and step in AFTER_MERGE)
