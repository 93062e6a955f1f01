"""Fetch and validate a source's delivery as a night would; compare it with the settings and the roster, in counts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipelines import runs
from pipelines.errors import SchoolMissing, SettingsInvalid
from pipelines.operations import deadlines
from pipelines.operations.self_check.checks import CheckResult
from pipelines.runs.request import NightRequest
from pipelines.settings import District
from pipelines.sources import configured, module_of
from pipelines.sources.assertions import Layout
from pipelines.sources.contract import ExtractRequest
from pipelines.store.engine import transaction
from pipelines.store.statements import execute
from pipelines.validate.delivery import validate_delivery
from pipelines.validate.reference_data import read_reference_data
from pipelines.validate.result import ReferenceData, Validated

BEFORE_THE_YEAR = timedelta(days=21)  # SL-03: the time it takes until everybody has been matched and invited
_MOST_NAMED = 20


@dataclass(frozen=True)
class DeliveryCheck:
    """What one source would deliver tonight: its validated rows, and the ids of its schools and classes."""

    source: str
    files: int
    rows: int
    layout: Layout
    judged: Validated
    warnings: Sequence[str]

    def ids(self, entity: str) -> set[str]:
        """Return the source's ids of the accepted rows; for classes, also of those delivered but not accepted."""
        held = self.judged.present.get(entity)
        ids = set(self.judged.accepted[entity]["source_id"].to_pylist())
        return ids | set(held["source_id"].to_pylist() if held is not None and entity == "classes" else ())


def bring(district: District, source_n: int, as_of: date, *, asks_warehouse: bool) -> DeliveryCheck:
    """Fetch and validate a source's delivery; nothing is stored.

    Raises what a night's extract and validate raise.
    """
    source = configured(district.sources[source_n])
    module = module_of(source.kind)
    with TemporaryDirectory(prefix="rollbook-") as temporary:
        fetched = module.fetch(source, ExtractRequest(district.district_id, as_of, Path(temporary)))
        module.prove_whole(fetched, source, None)
        tables, layout = module.understand(fetched.files, source)
    known = _reference_data(district, as_of, source.kind) if asks_warehouse else ReferenceData()
    judged = validate_delivery(tables, layout, district, None, known)
    rows = sum(table.received for table in tables)
    return DeliveryCheck(source.kind, len(tables), rows, layout, judged, fetched.facts.get("warnings", ()))


def source_result(delivered: DeliveryCheck, as_of: date) -> CheckResult:
    """Report how much was delivered, with a warning if the source has one, such as a pause or old data."""
    summary = f"{delivered.files} files, {delivered.rows:,} rows for {as_of}"
    if delivered.warnings:
        return CheckResult(
            "; ".join((summary, *delivered.warnings)), True, "ask the vendor, or whoever exports the data"
        )
    return CheckResult(summary)


def rows_result(delivered: DeliveryCheck, district: District) -> str:
    """Report the counts of rows.

    Raises SettingsInvalid if no row of the delivery would be used.
    """
    counts = delivered.judged.counts
    summary = ", ".join(
        f"{counts[name]:,} {name.replace('_', ' ')}" for name in ("accepted", "quarantined", "out_of_scope")
    )
    if not counts["accepted"]:
        raise SettingsInvalid(
            f"no row of {delivered.source} is used: {summary}",
            owner=district.owner,
            fix="correct schools: in the settings, or the export",
        )
    return summary


def schools_result(district: District, all_delivered: Sequence[DeliveryCheck], *, is_all: bool) -> CheckResult:
    """Match the schools: known, new, and listed but not delivered.

    Raises SchoolMissing if no source delivers a school of the list. If some source could not be asked, missing schools
    are not judged.
    """
    ids = {school for one in all_delivered for school in one.ids("schools")}
    known = {
        school for one in all_delivered for school in _known_ids(district, "operations/self_check.schools", one.source)
    }
    listed = {one.source: {*one.judged.facts.get("missing_schools", ())} for one in all_delivered}
    missing = set.intersection(*listed.values()) if listed else set()
    summary = f"{len(ids)} delivered: {len(ids & known)} known, {len(ids - known)} new ({_named(ids)})"
    refused = sum(f.count for one in all_delivered for f in one.judged.findings if f.code == "UNKNOWN_SCHOOL")
    if missing and is_all:
        raise SchoolMissing(
            f"no source delivers {_named(missing)}; {summary}",
            owner=district.owner,
            fix="share the school, or correct schools:",
        )
    if refused:
        summary += f"; {refused:,} rows belong to schools that the roster does not have"
        return CheckResult(summary, True, "correct their ids, or set new_schools: create", district.owner)
    return CheckResult(summary)


def classes_result(district: District, delivered: DeliveryCheck) -> CheckResult:
    """Match the classes with the roster's.

    Many missing classes are a warning: usually the SIS has numbered its classes anew.
    """
    ids, known = delivered.ids("classes"), _known_ids(district, "operations/self_check.classes", delivered.source)
    gone = len(known - ids) if "classes" in delivered.layout.covers else 0
    summary = f"{len(ids):,} delivered: {len(ids & known):,} known, {len(ids - known):,} new"
    summary += f"; {gone:,} classes of the roster are not delivered" if gone else ""
    limits = district.limits
    if gone > limits.archive_rows and 100 * gone > limits.archive_percent * len(known):
        return CheckResult(summary, True, "check whether the SIS gave its classes new ids", district.owner)
    return CheckResult(summary)


def year_result(district: District, all_delivered: Sequence[DeliveryCheck], as_of: date) -> CheckResult:
    """Report the time until the first term that has not ended; too little time is a warning.

    A district that is launched gets no warning.
    """
    begins = sorted(term["begin_date"] for one in all_delivered for term in _terms(one) if _is_ahead(term, as_of))
    if not begins:
        return CheckResult("no term has a begin date")
    summary = f"the first term begins on {begins[0]}"
    if district.enabled and runs.newest_night(district.district_id) is not None:
        return CheckResult(f"{summary}; the district is launched")
    days = (begins[0] - as_of).days
    if days < BEFORE_THE_YEAR.days:
        when = f"in {days} days" if days >= 0 else f"{-days} days ago"
        return CheckResult(
            f"{summary}, {when}; {BEFORE_THE_YEAR.days} days are advised",
            True,
            "launch early: matching and inviting people takes days",
            district.owner,
        )
    return CheckResult(f"{summary}, in {days} days")


def age_result(district: District, source_n: int, as_of: date) -> CheckResult:
    """Report since when a source has delivered the same bytes; a long time is a warning.

    A paused source or a stopped export shows itself in no other way.
    """
    source, since = district.sources[source_n], deadlines.same_since(district, source_n, as_of)
    if since is None:
        return CheckResult("no delivery has been landed yet")
    summary = f"the delivery has been the same since {since}"
    if (as_of - since).days > source.stale_days:
        return CheckResult(
            summary, True, "check whether the source is paused, or the export writes an old file", district.owner
        )
    return CheckResult(summary)


def _reference_data(district: District, as_of: date, source: str) -> ReferenceData:
    request = NightRequest(district_id=district.district_id, as_of=as_of, plan_only=True)
    with transaction() as connection:
        return read_reference_data(connection, runs.unrecorded(request), source)


def _known_ids(district: District, statement: str, source: str) -> set[str]:
    key = {"district_id": district.district_id, "source": source}
    with transaction() as connection:
        return set(execute(connection, statement, **key).scalars())


def _terms(delivered: DeliveryCheck) -> list[dict[str, Any]]:
    terms: list[dict[str, Any]] = delivered.judged.accepted["terms"].select(["begin_date", "end_date"]).to_pylist()
    return terms


def _is_ahead(term: dict[str, Any], as_of: date) -> bool:
    return term["begin_date"] is not None and (term["end_date"] is None or term["end_date"] >= as_of)


def _named(ids: Collection[str]) -> str:
    shown = sorted(ids)[:_MOST_NAMED]
    return ", ".join(shown) + (f" and {len(ids) - len(shown)} more" if len(ids) > len(shown) else "")
