"""audit: what was written is proved to be what was planned, and expectations on the roster are checked.

checks.py  planned against written, and broken references
"""

from __future__ import annotations

from pipelines.audit import checks
from pipelines.runs import Counts, Run
from pipelines.settings import District
from pipelines.stage import expectations


def audit(night: Run, district: District) -> Counts:
    """Prove the run, and check the expectations on the roster. Raises AuditFailed, and PromiseBroken."""
    counts = checks.prove(night)
    if night.reverts is None and not night.is_late:  # the roster that a late-arriving run leaves is a past one
        totals = checks.totals(night)
        expectations.check_roster(night, district, totals)
        counts |= {"students": totals["students"]}
    return counts
