"""Check a district's expectations on a delivery and on the roster as a whole, by measures and their limits."""

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

# The probable cause of a roster without students (SL-28).
NO_STUDENTS = (
    "The roster has no students. Probably the source has no section information yet. "
    "Check in the source that sections and their students are scheduled and shared with this district's app."
)


def check_delivery(run: Run, district: District, source_n: int, totals: Mapping[str, Any]) -> None:
    """Check a delivery before anything is planned from it: volume, quarantine, orphans, missing emails."""
    counts = next(row["counts"] for row in runs.imports(run) if row["source_n"] == source_n)
    limits = district.expectations
    are_many = counts["quarantined"] > limits.quarantined_rows
    measures = {
        "received_rows": counts["received"],
        "quarantined_percent": _percent(counts["quarantined"], counts["received"]) if are_many else 0.0,
        "students_without_class_percent": _percent(totals["students_without_class"], totals["students"]),
        "students_without_email_percent": _percent(totals["students_without_email"], totals["students"]),
    }
    limits_of: dict[str, tuple[float | None, float | None, str]] = {
        "received_rows": (1, None, "critical"),
        "quarantined_percent": (None, limits.quarantined_percent, "critical"),
        "students_without_email_percent": (None, limits.missing_email_percent, "critical"),
    }
    if totals["enrollments"]:  # a delivery without enrollments has no classes to check
        limits_of["students_without_class_percent"] = (None, limits.orphan_percent, "critical")
    if totals["recent_volumes"]:
        usual = median(totals["recent_volumes"])
        measures["volume_change_percent"] = abs(_percent(counts["received"] - usual, usual))
        limits_of["volume_change_percent"] = (None, limits.volume_change_percent, "critical")
    _check(run, district, f"delivery {source_n + 1}", measures, limits_of)


def check_roster(run: Run, district: District, totals: Mapping[str, Any]) -> None:
    """Check the roster after the merge: it has students, and its classes have a plausible size (SL-28)."""
    measures = {
        "active_students": totals["students"],
        "enrollments_per_class": totals["enrollments"] / max(totals["classes"], 1),
    }
    limits_of: dict[str, tuple[float | None, float | None, str]] = {
        "active_students": (1, None, "warning"),
        "enrollments_per_class": (None, 500, "warning"),
    }
    _check(run, district, "roster", measures, limits_of)
    if not totals["students"]:
        log.warning("roster: %s", NO_STUDENTS)


def _check(run: Run, district: District, suite: str, measures: Mapping[str, float], limits_of: suites.Limits) -> None:
    result = suites.check(suite, run.run_id, measures, limits_of, data_docs_dir(run.district_id))
    log.info("expectations on %s: %s; %s", suite, _listed(measures), result.page)
    for name in result.warned:
        log.warning("an expectation on %s failed: %s is %s", suite, name, measures[name])
    runs.record_data_docs(run, suite, result.page)
    if result.broken:
        failed = (f"{name} is {measures[name]:g}, {_range(limits_of[name])}" for name in result.broken)
        raise ExpectationFailed(
            f"{suite}: {'; '.join(failed)}",
            owner=district.owner,
            fix="check the export; if the export is correct, change expectations: in the settings",
        )


def _percent(part: float, whole: float) -> float:
    return round(100 * part / whole, 2) if whole else 0.0


def _range(limit: tuple[float | None, float | None, str]) -> str:
    least, most, _ = limit
    return f"allowed at most {most:g}" if most is not None else f"allowed at least {least:g}"


def _listed(measures: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in measures.items())
