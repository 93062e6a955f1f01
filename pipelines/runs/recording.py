"""Perform a step of a run and record its outcome, for roster runs and for exports of grades alike."""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import perf_counter

from pipelines import runs
from pipelines.errors import Retry, RollbookError, Skip
from pipelines.runs import Counts, Outcome, Run, step_log

log = logging.getLogger(__name__)


def record(run: Run, step: str, act: Callable[[], Counts]) -> Outcome:
    """Call `act`, and record the step's outcome. An error is recorded as the run's end, and raised."""
    began = perf_counter()
    try:
        counts = act()
    except Exception as error:
        runs.record_step(run, step, False, perf_counter() - began, {})
        _end_by(run, step, error)
        raise
    seconds = perf_counter() - began
    runs.record_step(run, step, True, seconds, counts)
    step_log.write(step, counts, seconds)
    return Outcome(run.run_id, step, runs.load(run.run_id).status, counts, seconds)


def _end_by(run: Run, step: str, error: Exception) -> None:
    """Record that the error ends the run. A run that was applied keeps the status `applied`.

    A Skip gives `skipped`; a Retry or an unexpected error gives `failed`; every other error gives `stopped`.
    """
    status = "skipped" if isinstance(error, Skip) else "stopped"
    if isinstance(error, Retry) or not isinstance(error, RollbookError):
        status = "failed"
    if runs.load(run.run_id).status == "applied":
        status = "applied"
    expected = error if isinstance(error, RollbookError) else None
    runs.finish(run.run_id, status, expected, code=None if expected else "UNEXPECTED")
    log.error("%s ended the run as %s: %s", step, status, expected.code if expected else type(error).__name__)
