"""audit: check that the run wrote what it planned, and check the expectations on the roster.

checks.py  compares planned with written counts, and finds broken references
"""

from __future__ import annotations

from pipelines.audit import checks
from pipelines.runs import Counts, Run
from pipelines.settings import District
from pipelines.stage import expectations


def audit(night: Run, district: District) -> Counts:
    """Check the run against its plan, and the roster against its expectations. Returns the counts.

    Raises AuditFailed if the run did not write what it planned. Raises ExpectationFailed if a critical expectation
    failed. The expectations are not checked after an undo or a late-arriving run.
    """
    counts = checks.prove(night)
    if night.reverts is None and not night.is_late:  # a late-arriving run describes a past roster
        totals = checks.totals(night)
        expectations.check_roster(night, district, totals)
        counts |= {"students": totals["students"]}
    return counts
