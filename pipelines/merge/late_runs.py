"""Nights in their order, whatever order they come in: a late one is applied at its place, as if it had been on time.

What later nights changed is taken back, the night applied, and those are applied again from their landed snapshots,
until the roster is on some evening what it was on that evening before; from there the rest is put back as it stood. So
the present is what the newest night said, and the past what each night said in its turn. All in one transaction.
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
    connection: Connection, night: Run, act: Callable[[Run], Counts], again: Callable[[Run], None]
) -> Counts:
    """Apply a night (`act`) at its place; `again` applies a later one once more. Returns what `act` counted."""
    if not night.is_late:
        return act(night)
    execute(connection, "store/temporary_tables.create_late_run")
    execute(connection, "merge/late_runs.rewind", district_id=night.district_id, as_of=night.as_of)
    counts = act(_in_place(night))
    applied_again, agreed = 0, None
    since = {"district_id": night.district_id, "as_of": night.as_of}
    later = rows(connection, "merge/late_runs.later", **since)
    of_one_source = len(rows(connection, "merge/late_runs.sources", **since)) == 1
    for evening, of_evening in groupby(later, key=lambda row: row["as_of"]):
        for row in of_evening:
            again(_in_place(runs.load(row["run_id"])))
            applied_again += 1
        if of_one_source and _agrees(connection, night, evening):
            agreed = evening
            break
    execute(connection, "merge/late_runs.forward", district_id=night.district_id, evening=agreed)
    log.info("merge: the night of %s lies in the past: %d later ones were applied again", night.as_of, applied_again)
    return counts | {"applied_again": applied_again}


def is_unchanged(connection: Connection, night: Run) -> bool:
    """Whether a night still found what the roster was made from already, source by source."""
    before = rows(
        connection,
        "merge/late_runs.digests_before",
        district_id=night.district_id,
        as_of=night.as_of,
        run_id=night.run_id,
    )
    known = {row["source_n"]: row["digest"] for row in before}
    return all(known.get(one["source_n"]) == one["digest"] for one in runs.imports(night))


def _agrees(connection: Connection, night: Run, evening: date) -> bool:
    agreed: bool = execute(
        connection, "merge/late_runs.agrees", **night.key, as_of=night.as_of, evening=evening
    ).scalar_one()
    return agreed


def _in_place(night: Run) -> Run:
    """The night with the roster rewound to it: it finds the roster itself, not a view of the past."""
    return replace(night, is_late=False)
