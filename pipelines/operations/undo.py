"""Revert a run for a person: a run of its own restores the rows that the run changed. That run can be reverted too."""

from __future__ import annotations

from pipelines import roster, runs
from pipelines.merge import undo
from pipelines.runs import Outcome
from pipelines.runs.request import UndoRequest


def undo_run(run_id: int, by: str, why: str = "") -> list[Outcome]:
    """Revert a run. Raises UndoConflict if later runs changed the same rows or built on them."""
    run = runs.load(run_id)
    undo.check(run)
    request = UndoRequest(district_id=run.district_id, as_of=run.as_of, reverts=run_id, by=by, why=why)
    return roster.perform_steps(roster.start(request), ("merge", "audit"))
