"""plan: find what the run would change, one row per change in `work.changes`. The roster is only read.

scope.py    the scope of each source of the run
changes.py  makes the plan, statement by statement
rekey.py    proposes a `rekey` for each id that a source replaced
"""

from __future__ import annotations

from pipelines.plan import changes, scope
from pipelines.runs import Counts, Run
from pipelines.settings import District
from pipelines.store.engine import transaction


def plan(run: Run, district: District) -> Counts:
    """Plan the run's changes. Returns `planned` and `planned.<entity>.<action>`."""
    with transaction() as connection:
        delivered = scope.source_scopes(connection, run, district)
    counts = changes.plan_run(run, delivered)
    return {f"planned.{name}": count for name, count in counts.items()} | {"planned": sum(counts.values())}
