"""Follow a chain of undos: an undo is a run and can be undone, and so can the undo of that undo."""

from __future__ import annotations

from pipelines import runs
from pipelines.runs import Run


def original(run: Run) -> tuple[Run, bool]:
    """Return the night or approval that a chain of undos began with, and whether `run` leaves it in force.

    An undo of an undo leaves the original in force. So reverting the second undo means to revert the original again. A
    run that is not an undo is its own original.
    """
    is_in_force = True
    while run.reverts is not None:
        run, is_in_force = runs.load(run.reverts), not is_in_force
    return run, is_in_force
