"""review: the plan is compared with the district's limits. The part beyond them is held, the rest goes on tonight.

limits.py  which parts of a plan are beyond the limits, and what depends on them
holds.py   the held parts: listed, expired, made stale, rejected, approved
"""

from __future__ import annotations

from pipelines import runs
from pipelines.extract.run_sources import kinds
from pipelines.review import limits
from pipelines.runs import Counts, Run
from pipelines.settings import District


def review(night: Run, district: District) -> Counts:
    """Hold what is beyond the limits. A run that only plans ends here. Returns `holds`, `held` and its reasons."""
    counts = limits.hold_excess(night, district, [*kinds(night, district)])
    if night.plan_only:
        runs.finish(night.run_id, "planned")
    return {"holds": 0} | counts
