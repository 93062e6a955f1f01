"""extract: each source of the run is pulled into the landing zone and proved complete.

run_sources.py  which sources a run reads
pull.py         one source: pulled now, or read from what an earlier run landed
reverted.py     whether the same snapshot was applied before and then reverted by `rollbook undo`
"""

from __future__ import annotations

from pipelines import runs
from pipelines.errors import Blackout, DistrictDisabled, SnapshotUndone
from pipelines.extract import pull, reverted, run_sources
from pipelines.runs import Counts, Run
from pipelines.settings import District
from pipelines.settings.windows import mode_on


def extract(run: Run, district: District) -> Counts:
    """Pull each source into the landing zone. The same bytes under the same rules end the run as `unchanged`.

    Returns `files` and `bytes`. Raises DistrictDisabled, Blackout, SnapshotUndone, and what a source raises.
    """
    if run.is_scheduled and not district.enabled:
        raise DistrictDisabled("the settings say enabled: false", owner=district.owner, fix="set enabled: true")
    changed, counts = False, {"files": 0, "bytes": 0}
    for source_n, source in run_sources.sources(run, district):
        delivery, same = pull.land(run, district, source_n, source)
        counts["files"] += len(delivery.parts)
        counts["bytes"] += sum(part.bytes for part in delivery.parts)
        changed |= not same
    if mode_on(district, run.as_of) == "blackout" and not run.plan_only:
        raise Blackout("the date is in a blackout window: nothing changes; the snapshot is stored", fix="nothing")
    if not changed:
        runs.conclude_imports(run, "unchanged")
        runs.finish(run.run_id, "unchanged")
    elif undone := reverted.of_the_same_snapshot(run):
        raise SnapshotUndone(
            f"run {undone.undone_by} undid run {undone.run_id}, which had applied the same snapshot",
            owner=district.owner,
            fix=f"correct the export; to apply run {undone.run_id} again: rollbook undo --run {undone.undone_by}",
        )
    return counts
