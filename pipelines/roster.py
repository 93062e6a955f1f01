"""A roster night, composed: extract → validate → stage → plan → review → merge → audit → report. Read this first.

Each step finds what it needs by the run's number, so the steps may run in one process (`sync`) or as Airflow tasks on
several machines (`start`, then `perform` for each). Every step may be tried again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipelines import audit, landing, merge, night_promises, plan, reading, report, review, runs, stage, steps
from pipelines.deliveries import Errand, Last
from pipelines.errors import (
    DistrictDisabled,
    HoldRequired,
    OlderThanRoster,
    RollbookError,
    RunEnded,
    SettingsInvalid,
)
from pipelines.known import known
from pipelines.runs import Counts, Outcome, Run
from pipelines.settings import District, NightRequest, SourceSettings, load_district
from pipelines.sources import configured, module_of
from pipelines.store.engine import transaction
from pipelines.validate import validate

log = logging.getLogger(__name__)

STEPS = ("extract", "validate", "stage", "plan", "review", "merge", "audit", "report")
AFTER_MERGE = frozenset({"merge", "audit", "report"})


def start(request: NightRequest) -> int:
    """Begin a run and return its number; the district's settings must be readable.

    Raises SettingsInvalid for a night that has not come yet: every night up to it would be older than the roster.
    """
    tomorrow = datetime.now(load_district(request.district_id).zone).date() + timedelta(days=1)
    if request.as_of > tomorrow:
        raise SettingsInvalid(f"the night of {request.as_of} has not come yet", fix="correct the date")
    return runs.start(request)


def sync(request: NightRequest) -> list[Outcome]:
    """A whole night in one process. A run that ends early is reported, too; the error that stopped it is raised."""
    run_id = start(request)
    outcomes = []
    try:
        for step in STEPS[:-1]:
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
    return steps.record(night, step, lambda: _STEPS[step](night, load_district(night.district_id)))


def extract(night: Run, district: District) -> Counts:
    """Pull each source into the landing zone; the same bytes, read the same way, end the night as `unchanged`."""
    if night.request.scheduled and not district.enabled:
        raise DistrictDisabled("the settings say enabled: false", owner=district.owner, fix="set enabled: true")
    changed, counts = False, {"files": 0, "bytes": 0}
    for source_n, source in _sources(night, district):
        delivery, same = _extract_source(night, district, source_n, source)
        counts["files"] += len(delivery.parts)
        counts["bytes"] += sum(part.bytes for part in delivery.parts)
        changed |= not same
    newest = runs.newest_night(district.district_id)
    if newest and night.as_of < newest:
        raise OlderThanRoster(f"the roster describes {newest} already; the snapshot is kept", fix="nothing")
    if not changed:
        runs.conclude_imports(night, "unchanged")
        runs.finish(night.run_id, "unchanged")
    return counts


def split(night: Run, district: District) -> Counts:
    """Read each snapshot and split its rows into accepted and quarantined ones."""
    counts: Counts = {}
    for source_n, source in _sources(night, district):
        with _listing_refusals(night, source_n, source):
            with landing.unpack(_landed(night, source_n)) as files:
                tables, layout = module_of(source.kind).understand(files, source)
            judged = validate(tables, layout, district, night.request.scope, known(night, source.kind))
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
    for source_n in dict(_sources(night, district)):
        frames = dict(_frames(night, source_n))
        accepted, present = _starting_with("accepted.", frames), _starting_with("present.", frames)
        _add(counts, stage.load(night, source_n, accepted, present))
        stage.keep_quarantine(night, source_n, frames["quarantine"])
        night_promises.check_delivery(night, district, source_n, stage.totals(night, source_n))
    landing.forget_frames(night.district_id, night.run_id)
    return counts


def make_plan(night: Run, district: District) -> Counts:
    """Work out what would change."""
    wanted = night.request.scope.schools
    named = None if district.schools == "all" else district.schools
    schools = named if wanted is None else wanted if named is None else tuple(sorted({*wanted} & {*named}))
    with transaction() as connection:
        retired = plan.retired(connection, night, [source.kind for source in district.sources])
    delivered = [
        plan.Delivered(source_n, source.kind, module_of(source.kind).layout_of(source).covers, schools, retired)
        for source_n, source in _sources(night, district)
    ]
    counts = plan.plan(night, delivered)
    return {f"planned.{name}": count for name, count in counts.items()} | {"planned": sum(counts.values())}


def check_limits(night: Run, district: District) -> Counts:
    """Compare the plan with the limits; a plan beyond them stops here, whole, and waits for a person."""
    held = review.review(night, district.limits)
    if held:
        raise HoldRequired(
            f"{held['held']} changes in {held['holds']} parts are beyond the limits; nothing was applied",
            owner=district.owner,
            fix=f"look at them: rollbook plan show --run {night.run_id}; correct the export, or raise limits:",
        )
    if night.request.plan_only:
        runs.finish(night.run_id, "planned")
    return {"holds": 0}


def apply(night: Run, district: District) -> Counts:
    """Apply the plan to the roster, in one transaction; a run that was applied already is left alone."""
    if night.status == "applied":
        return {}
    return merge.merge(night, {n: source.kind for n, source in _sources(night, district)}, district.invite)


def prove(night: Run, district: District) -> Counts:
    """Prove that what was written is what was planned, and check the promises about the roster."""
    counts = audit.audit(night)
    night_promises.check_roster(night, district, audit.totals(night))
    return counts


def tell(night: Run, district: District) -> Counts:
    """Write the night's report, whatever became of the night."""
    log.info("report: %s", report.write(night))
    if night.status in runs.ENDED:  # a stopped night leaves no copy of its rows behind
        landing.forget_frames(night.district_id, night.run_id)
    if night.status == "applied":
        stage.drop(night, len(district.sources))
    told = runs.imports(night)
    return {"imports": len(told), "quarantined": sum(one["counts"].get("quarantined", 0) for one in told)}


_STEPS = dict(zip(STEPS, (extract, split, load, make_plan, check_limits, apply, prove, tell), strict=True))


def _extract_source(
    night: Run, district: District, source_n: int, source: SourceSettings
) -> tuple[landing.Delivery, bool]:
    """Land one source; return what was delivered and whether the roster was last made from the very same."""
    module, read_by = module_of(source.kind), reading.digest(district, source, night.request.scope)
    layout = module.layout_of(source).name
    was = runs.last_import(night.district_id, source.kind, source_n, layout) or {}
    last = _last(was)
    with TemporaryDirectory(prefix="rollbook-") as temporary, _listing_refusals(night, source_n, source):
        fetched = module.fetch(source, Errand(night.district_id, night.as_of, Path(temporary), last))
        delivery = landing.identify(fetched.files) if not fetched.unchanged else landing.recall(was["landing"])
        # What was proved whole and kept once need not be counted and compressed again.
        kept = was["landing"] if last and last.files and was["digest"] == delivery.digest else None
        counted = {} if kept else module.prove_whole(fetched, source, last)
        told = {**fetched.facts, **counted}
        url = landing.land(night.district_id, source.kind, night.as_of, delivery, told, same_as=kept)
    same = bool(kept) and was["reading"] == read_by
    facts = {"source": source.kind, "layout": layout, "digest": delivery.digest, "reading": read_by}
    rows = was["received_rows"] if same else None
    runs.receive(night, source_n, **facts, landing=url, received_rows=rows, facts={"pull": dict(fetched.facts)})
    return delivery, same


def _last(was: dict[str, Any]) -> Last | None:
    if not was:
        return None
    files = partial(landing.unpack, was["landing"]) if landing.is_there(was["landing"]) else None
    return Last(was["facts"].get("pull", {}), was["received_rows"], files)


@contextmanager
def _listing_refusals(night: Run, source_n: int, source: SourceSettings) -> Iterator[None]:
    """List a delivery that can't be used among the imports, too (GC-19)."""
    try:
        yield
    except RollbookError as error:
        runs.refuse(night, source_n, source.kind, module_of(source.kind).layout_of(source).name, error)
        raise


def _sources(night: Run, district: District) -> Iterator[tuple[int, Any]]:
    """The sources in the run's scope, by their place in the settings; a path given by hand replaces the first's.

    Each is an instance of its module's `Settings`: one that can't be asked for one course has no key for it.
    """
    wanted = night.request.scope.source
    chosen = [(n, source) for n, source in enumerate(district.sources) if wanted in (None, source.kind)]
    if not chosen:
        raise SettingsInvalid(f"the district has no source {wanted!r}", fix="name one of the settings' sources")
    for place, (source_n, source) in enumerate(chosen):
        by_hand = {"path": night.request.path if place == 0 else None, "course": night.request.scope.course}
        yield source_n, configured(source.model_copy(update={name: told for name, told in by_hand.items() if told}))


def _landed(night: Run, source_n: int) -> str:
    return next(str(one["landing"]) for one in runs.imports(night) if one["source_n"] == source_n)


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
