"""report: write the run's report in counts, and remove the run's temporary data.

run_report.py  writes the report, as JSON and Markdown
students.py    reports on the students of a roster that was read from Canvas
tables.py      renders tables as Markdown
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


def report(run: Run, district: District) -> Counts:
    """Write the run's report, whatever the run's status is. Returns `imports` and `quarantined`.

    If the run has ended, its frames are removed. If it was applied and no hold is open, its staging is dropped.
    """
    log.info("report: %s", run_report.write(run))
    if run.status in runs.ENDED:  # an ended run leaves no copy of its rows in the landing zone
        landing.forget_frames(run.district_id, run.run_id)
    staged_by = runs.load(run.approves) if run.approves else run
    if run.status == "applied" and not holds.is_open(staged_by):
        staging.drop(staged_by, len(district.sources))
    imports = runs.imports(run)
    return {"imports": len(imports), "quarantined": sum(one["counts"].get("quarantined", 0) for one in imports)}
