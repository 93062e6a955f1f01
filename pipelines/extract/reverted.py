"""Find whether a snapshot was applied before and then undone: a run does not apply such a snapshot again by itself."""

from __future__ import annotations

from pipelines import runs
from pipelines.runs import Run
from pipelines.store.engine import transaction
from pipelines.store.statements import execute


def of_the_same_snapshot(run: Run) -> Run | None:
    """Return the undone run that was made from the same snapshot as this run, or None."""
    undone_ids: set[int | None] = set()
    with transaction() as connection:
        for row in runs.imports(run):
            facts = {name: row[name] for name in ("source_n", "digest", "rules_version")}
            found = execute(connection, "extract/reverted.reverted_run", district_id=run.district_id, **facts)
            undone_ids.add(found.scalar_one())
    (undone,) = undone_ids if len(undone_ids) == 1 else (None,)
    return runs.load(undone) if undone else None
