"""What a district promises about a night as a whole, in measures: a delivery's and the roster's."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from statistics import median
from typing import Any

from pipelines import runs
from pipelines.errors import ExpectationFailed
from pipelines.runs import Run
from pipelines.settings import District, data_docs_dir
from pipelines.stage import suites

log = logging.getLogger(__name__)

# What a roster without students most likely means (SL-28).
NO_STUDENTS = (
    "No student is here. Probably the source has no section information yet: look whether sections and their students "
    "are scheduled there, and shared with this district's app."
)


def check_delivery(run: Run, district: District, source_n: int, totals: Mapping[str, Any]) -> None:
    """Check a delivery before anything is planned from it: volume, quarantine, orphans, missing emails."""
    counted = next(one["counts"] for one in runs.imports(run) if one["source_n"] == source_n)
    limits = district.expectations
    many = counted["quarantined"] > limits.quarantined_rows
    measures = {
        "received_rows": counted["received"],
        "quarantined_percent": _percent(counted["quarantined"], counted["received"]) if many else 0.0,
        "students_without_class_percent": _percent(totals["students_without_class"], totals["students"]),
        "students_without_email_percent": _percent(totals["students_without_email"], totals["students"]),
    }
    wanted: dict[str, tuple[float | None, float | None, str]] = {
        "received_rows": (1, None, "critical"),
        "quarantined_percent": (None, limits.quarantined_percent, "critical"),
        "students_without_email_percent": (None, limits.missing_email_percent, "critical"),
    }
    if totals["enrollments"]:  # a delivery of people alone says nothing of their classes
        wanted["students_without_class_percent"] = (None, limits.orphan_percent, "critical")
    if totals["recent_volumes"]:
        usual = median(totals["recent_volumes"])
        measures["volume_change_percent"] = abs(_percent(counted["received"] - usual, usual))
        wanted["volume_change_percent"] = (None, limits.volume_change_percent, "critical")
    _check(run, district, f"delivery {source_n + 1}", measures, wanted)


def check_roster(run: Run, district: District, totals: Mapping[str, Any]) -> None:
    """Check the roster after the merge: somebody is in it, and classes have a size that classes have (SL-28)."""
    measures = {
        "active_students": totals["students"],
        "enrollments_per_class": totals["enrollments"] / max(totals["classes"], 1),
    }
    wanted: dict[str, tuple[float | None, float | None, str]] = {
        "active_students": (1, None, "warning"),
        "enrollments_per_class": (None, 500, "warning"),
    }
    _check(run, district, "roster", measures, wanted)
    if not totals["students"]:
        log.warning("roster: %s", NO_STUDENTS)


def _check(run: Run, district: District, suite: str, measures: Mapping[str, float], wanted: suites.Limits) -> None:
    kept = suites.check(suite, run.run_id, measures, wanted, data_docs_dir(run.district_id))
    log.info("promises on %s: %s; %s", suite, _told(measures), kept.page)
    for name in kept.warned:
        log.warning("promise on %s not kept: %s is %s", suite, name, measures[name])
    runs.record_data_docs(run, suite, kept.page)
    if kept.broken:
        raise ExpectationFailed(
            f"{suite}: " + "; ".join(f"{name} is {measures[name]:g}, {_range(wanted[name])}" for name in kept.broken),
            owner=district.owner,
            fix="look at the export; if it is right, change expectations: in the settings",
        )


def _percent(part: float, whole: float) -> float:
    return round(100 * part / whole, 2) if whole else 0.0


def _range(limit: tuple[float | None, float | None, str]) -> str:
    least, most, _ = limit
    return f"allowed at most {most:g}" if most is not None else f"allowed at least {least:g}"


def _told(measures: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in measures.items())
