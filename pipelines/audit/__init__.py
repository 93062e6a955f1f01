"""audit: check that the run wrote what it planned, and check the expectations on the roster.

checks.py  compares planned with written counts, and finds broken references
"""

from __future__ import annotations

from pipelines.audit import checks
from pipelines.runs import Counts, Run
from pipelines.settings import District
from pipelines.stage import expectations


def audit(run: Run, district: District) -> Counts:
    """Check the run against its plan, and the roster against its expectations. Returns the counts.

    Raises AuditFailed if the run did not write what it planned. Raises ExpectationFailed if a critical expectation
    failed. The expectations are not checked after an undo or a late-arriving run.
    """
    counts = checks.prove(run)
    if run.reverts is None and not run.is_late:  # a late-arriving run describes a past roster
        totals = checks.totals(run)
        expectations.check_roster(run, district, totals)
        counts |= {"students": totals["students"]}
    return counts
