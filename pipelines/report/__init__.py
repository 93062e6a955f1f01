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

    If the run has ended, its frames are removed. Its staging is dropped if no part of it was held: the undo of an
    approval may open a hold again. After an unchanged run the staging of earlier runs is dropped.
    """
    log.info("report: %s", run_report.write(run))
    if run.status in runs.ENDED:  # an ended run leaves no copy of its rows in the landing zone
        landing.forget_frames(run.district_id, run.run_id)
    if run.status == "applied" and not run.approves and not holds.of_run(run):
        staging.drop(run, len(district.sources))
    if run.status == "unchanged":
        staging.drop_before(run)
    imports = runs.imports(run)
    return {"imports": len(imports), "quarantined": sum(one["counts"].get("quarantined", 0) for one in imports)}
