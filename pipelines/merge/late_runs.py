"""Apply runs in the order of their dates: a late-arriving run is applied as if it had been on time.

The changes of later runs are reverted, and the late-arriving run is applied. Then the later runs are applied again from
their landed snapshots, until the roster of some evening equals what it was on that evening before. From that evening
on, the earlier state is restored. If the runs from this date on have several kinds of sources, all later runs are
applied again. So the present is what the newest run delivered, and the past is what each run
delivered for its date. All of it is one transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import groupby

from sqlalchemy import Connection

from pipelines import runs
from pipelines.runs import Counts, Run
from pipelines.store.statements import execute, rows

log = logging.getLogger(__name__)


def apply_in_order(
    connection: Connection, run: Run, act: Callable[[Run], Counts], again: Callable[[Run], None]
) -> Counts:
    """Apply a run by `act`, in the order of dates. Returns what `act` counted.

    `again` applies a later run once more. For a late-arriving run the counts include `applied_again`, the number of
    later runs that were applied again.
    """
    if not run.is_late:
        return act(run)
    execute(connection, "store/temporary_tables.create_late_run")
    execute(connection, "merge/late_runs.rewind", district_id=run.district_id, as_of=run.as_of)
    counts = act(_as_on_time(run))
    applied_again, agreed = 0, None
    since = {"district_id": run.district_id, "as_of": run.as_of}
    later = rows(connection, "merge/late_runs.later", **since)
    of_one_source = len(rows(connection, "merge/late_runs.sources", **since)) == 1
    for evening, of_evening in groupby(later, key=lambda row: row["as_of"]):
        for row in of_evening:
            again(_as_on_time(runs.load(row["run_id"])))
            applied_again += 1
        if of_one_source and _agrees(connection, run, evening):
            agreed = evening
            break
    execute(connection, "merge/late_runs.forward", district_id=run.district_id, evening=agreed)
    log.info("merge: the run of %s is late: %d later runs were applied again", run.as_of, applied_again)
    return counts | {"applied_again": applied_again}


def _agrees(connection: Connection, run: Run, evening: date) -> bool:
    agreed: bool = execute(
        connection, "merge/late_runs.agrees", **run.key, as_of=run.as_of, evening=evening
    ).scalar_one()
    return agreed


def _as_on_time(run: Run) -> Run:
    """Return the run as a run that is not late.

    The roster is rewound to the run's date. So the run reads the roster itself, not a view of the past.
    """
    return replace(run, is_late=False)
