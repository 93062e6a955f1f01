"""Whether a snapshot was applied before and then reverted by `rollbook undo`: it is not applied again unasked."""

from __future__ import annotations

from pipelines import runs
from pipelines.runs import Run
from pipelines.store.engine import transaction
from pipelines.store.statements import execute


def of_the_same_snapshot(run: Run) -> Run | None:
    """Return the reverted run that was made from the very snapshot of this run, if there is one."""
    found: set[int | None] = set()
    with transaction() as connection:
        for one in runs.imports(run):
            facts = {name: one[name] for name in ("source_n", "digest", "rules_version")}
            found.add(execute(connection, "extract.reverted_run", district_id=run.district_id, **facts).scalar_one())
    (undone,) = found if len(found) == 1 else (None,)
    return runs.load(undone) if undone else None
