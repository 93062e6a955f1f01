"""review: compare the plan with the district's limits. The part beyond the limits is held; this run applies the rest.

limits.py  finds the parts of a plan that are beyond the limits, and the changes that depend on those parts
holds.py   lists, expires, makes stale, rejects and approves the held parts
"""

from __future__ import annotations

from pipelines import runs
from pipelines.extract.run_sources import kinds
from pipelines.review import limits
from pipelines.runs import Counts, Run
from pipelines.settings import District


def review(run: Run, district: District) -> Counts:
    """Hold the parts of the plan that are beyond the limits. A run that only plans ends here.

    Returns `holds`, `held` and, of the held changes, `held.depending` and `left_out`; counts of zero are absent, except
    `holds`.
    """
    counts = limits.hold_excess(run, district, [*kinds(run, district)])
    if run.plan_only:
        runs.finish(run.run_id, "planned")
    return {"holds": 0} | counts
