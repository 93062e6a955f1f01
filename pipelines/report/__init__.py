"""report: the run's report in counts, and the end of what a run keeps for itself.

run_report.py  the report, as JSON and Markdown
students.py    the part about students of a roster that was read from Canvas
tables.py      tables as Markdown
"""

from __future__ import annotations

import logging

from pipelines import runs
from pipelines.report import run_report
from pipelines.review import holds
from pipelines.runs import Counts, Run
from pipelines.settings import District
from pipelines.stage import staging
from pipelines.store import landing

log = logging.getLogger(__name__)


def report(night: Run, district: District) -> Counts:
    """Write the run's report, whatever became of the run. Returns `imports` and `quarantined`."""
    log.info("report: %s", run_report.write(night))
    if night.status in runs.ENDED:  # a stopped run leaves no copy of its rows behind
        landing.forget_frames(night.district_id, night.run_id)
    staged_by = runs.load(night.approves) if night.approves else night
    if night.status == "applied" and not holds.is_open(staged_by):
        staging.drop(staged_by, len(district.sources))
    imports = runs.imports(night)
    return {"imports": len(imports), "quarantined": sum(one["counts"].get("quarantined", 0) for one in imports)}
