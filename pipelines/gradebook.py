"""Compose an export of grades: collect → select → compare → push → verify → report.

`compare`, `push` and `verify` run once per course, so that one failing course fails alone. As in a roster run, a step
finds what it needs by the run's number, and may be tried again. The steps run in one process (`export`) or as Airflow
tasks.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from math import inf
from time import perf_counter
from typing import cast

from pipelines import runs
from pipelines.canvas.access import open_api
from pipelines.errors import CoursesFailed, DistrictDisabled, NoCanvas, RollbookError, RunEnded
from pipelines.grades import compare, exports, push, report, select, undo, verify
from pipelines.grades.collect import collect
from pipelines.grades.push import CourseTask, Waiting
from pipelines.http.retry_policy import RetryPolicy
from pipelines.runs import Counts, Outcome, Run, recording, step_log
from pipelines.runs.request import ExportRequest, UndoRequest
from pipelines.settings import Canvas, District, load_district
from pipelines.sources.resolved_settings import version

log = logging.getLogger(__name__)

STEPS = ("collect", "select", "compare", "push", "verify", "report")
BY_COURSE = ("compare", "push", "verify")
_POLL_SECONDS = (0.2, 5.0)  # the pause between two checks of a bulk update: the first pause, the longest


def start(request: ExportRequest | UndoRequest) -> int:
    """Record the start of an export and return its run's number.

    Raises NoCanvas if the district's settings name no Canvas to send grades to (IC-01, IC-11).
    """
    district = load_district(request.district_id)
    canvas_of(district)
    return runs.start(request, "gradebook", version(district))


def export(run_id: int) -> list[Outcome]:
    """Perform a whole export in one process, and return each step's outcome.

    The report is written even if a step fails. Raises CoursesFailed if some courses failed.
    """
    outcomes: list[Outcome] = []
    try:
        for step in STEPS[:2]:
            outcomes.append(perform(step, run_id))
        for course in courses(run_id):
            outcomes += _export_course(run_id, course)
    finally:
        outcomes.append(perform("report", run_id))
    run = runs.load(run_id)
    if run.code == CoursesFailed.code:
        raise CoursesFailed(run.reason or "", fix=f"see rollbook report --run {run_id}, then export again")
    return outcomes


def courses(run_id: int) -> list[int]:
    """Return the numbers of the Canvas courses that a run exports to; `select` must be done."""
    return [one["course_number"] for one in select.courses_of(runs.load(run_id))]


def perform(step: str, run_id: int) -> Outcome:
    """Perform collect, select or report.

    Raises RunEnded if the run ended before this step. Raises every error that the step itself raises.
    """
    run = _begin_step(step, run_id)
    return recording.record(run, step, lambda: _WHOLE[step](run, load_district(run.district_id)))


def perform_course(step: str, run_id: int, course: int, patient_seconds: float = inf) -> Outcome | Waiting:
    """Perform compare, push or verify for one course.

    A push waits for Canvas for at most `patient_seconds`. If Canvas is still not finished, the function returns
    Waiting, and the caller calls the function again. An error that stops the step is recorded with the course, and
    raised. Raises RunEnded if the run ended before this step, or if a run that only plans is to push or verify.
    """
    run = _begin_step(step, run_id)
    if run.plan_only and step != "compare":
        raise RunEnded("the run only plans", fix="nothing")
    canvas = canvas_of(load_district(run.district_id))
    began = perf_counter()
    try:
        with open_api(canvas.connection, RetryPolicy()) as api:
            done = _wait(lambda: _COURSE[step](CourseTask(run, course, canvas, api)), patient_seconds)
            statistics = api.usage()
    except Exception as error:
        exports.fail(run, course, error)
        raise
    if isinstance(done, Waiting):
        return done
    seconds = perf_counter() - began
    step_log.write(f"{step} course {course}", {**done, "requests": statistics["requests"]}, seconds)
    return Outcome(run_id, step, run.status, done, seconds)


def canvas_of(district: District) -> Canvas:
    """Return the Canvas that the district's grades go to. Raises NoCanvas if the settings name no Canvas."""
    if district.canvas is None:
        raise NoCanvas("the settings have no canvas:", owner=district.owner, fix="add canvas: to send grades")
    return district.canvas


def _export_course(run_id: int, course: int) -> list[Outcome]:
    """Export one course.

    An error is recorded with the course and logged. It does not affect the other courses.
    """
    outcomes: list[Outcome] = []
    try:
        for step in BY_COURSE:
            # Without a time limit, perform_course never returns Waiting.
            outcomes.append(cast(Outcome, perform_course(step, run_id, course)))
    except RunEnded:
        return outcomes
    except RollbookError as error:
        log.warning("course %d: %s", course, error)
    except Exception as error:  # noqa: BLE001 - one failing course fails alone; its message may quote a student
        log.warning("course %d: UNEXPECTED: %s", course, type(error).__name__)
    return outcomes


def _wait(act: Callable[[], Counts | Waiting], patient_seconds: float) -> Counts | Waiting:
    """Call `act` until it no longer returns Waiting, or until `patient_seconds` are over.

    The pause between two calls doubles each time, up to the longest pause.
    """
    pause, longest = _POLL_SECONDS
    ends = perf_counter() + patient_seconds
    while isinstance(done := act(), Waiting) and perf_counter() < ends:
        time.sleep(pause)
        pause = min(2 * pause, longest)
    return done


def _collect(run: Run, district: District) -> Counts:
    if run.is_scheduled and not district.enabled:
        raise DistrictDisabled("the settings say enabled: false", owner=district.owner, fix="set enabled: true")
    runs.overtake(run)
    return {} if run.reverts else collect(run, district)


def _select(run: Run, district: District) -> Counts:
    if run.reverts:
        return undo.select(run, runs.load(run.reverts))
    canvas = canvas_of(district)
    with open_api(canvas.connection, RetryPolicy()) as api:
        return select.select(run, canvas, api)


def _compare(task: CourseTask) -> Counts:
    if task.run.reverts:
        return undo.compare(task.run, task.course, task.api)
    return compare.compare(task.run, task.course, task.canvas, task.api)


def _verify(task: CourseTask) -> Counts:
    return verify.verify(task.run, task.course, task.api)


def _report(run: Run, district: District) -> Counts:
    """End the run, write its report on every student, and return the run's totals."""
    report.break_off(run)
    status, error = exports.conclusion(run)
    if run.status == "running":  # a step before the courses may have ended it
        runs.finish(run.run_id, status, error)
    run = runs.load(run.run_id)
    log.info("report: %s", report.write(run, district.canvas))
    return exports.totals(run)


_WHOLE: dict[str, Callable[[Run, District], Counts]] = {"collect": _collect, "select": _select, "report": _report}
_COURSE: dict[str, Callable[[CourseTask], Counts | Waiting]] = {
    "compare": _compare,
    "push": push.push,
    "verify": _verify,
}


def _begin_step(step: str, run_id: int) -> Run:
    run = runs.load(run_id)
    if run.status in runs.ENDED and step != "report":
        raise RunEnded(f"the run ended as {run.status} before {step}", fix="nothing")
    if run.status == "failed" and step != "report":
        runs.resume(run_id)
    return run
