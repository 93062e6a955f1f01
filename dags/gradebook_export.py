"""One DAG per district that has a Canvas, `gradebook_export__<district>`: it sends selected grades there every night.

The steps live in `pipelines/gradebook.py`. This file holds schedule, order and alerting only; it imports nothing heavy.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from airflow.sdk import (
    DAG,
    Asset,
    AssetOrTimeSchedule,
    CronTriggerTimetable,
    Param,
    TriggerRule,
    get_parsing_context,
    task,
    task_group,
)
from airflow.sdk.exceptions import AirflowTimetableInvalid

from pipelines.airflow.gradebook import CourseStep
from pipelines.airflow.notifications import when_exported, when_failed
from pipelines.settings import Canvas, District, district_ids, readable_district

WHOLE = {
    "collect": "Reads activities and scores from the gradebook sources. Lines that break a rule are quarantined.",
    "select": "Selects the activities to send, and finds each class's Canvas course. Classes whose term is over, and "
    "classes without a Canvas course, are left out and listed in the report.",
    "report": "Writes the completion summary: students synced, each activity's states, and who has to act.",
}
BY_COURSE = {
    "compare": "Reads one Canvas course and plans the changes for each student.",
    "push": "Creates missing Canvas assignments once, and sends changed scores in bulk. No worker waits for Canvas.",
    "verify": "Reads the scores back. Only scores that were read from Canvas count as synced.",
}
RETRIES = {"retries": 4, "retry_delay": timedelta(minutes=2), "max_retry_delay": timedelta(minutes=30)}

PARAMS = {
    "as_of": Param(
        None, type=["null", "string"], format="date", title="As of", description="Empty: the date of the run."
    ),
    "classes": Param(
        None,
        type=["null", "array"],
        items={"type": "string"},
        title="Classes",
        description="Only these class ids, one per line. Empty: all.",
    ),
    "activities": Param(
        None,
        type=["null", "array"],
        items={"type": "string"},
        title="Activities",
        description="Only these activity ids, one per line. Empty: all that are selected.",
    ),
    "plan_only": Param(
        False, type="boolean", title="Plan only", description="Report what would be written; send nothing to Canvas."
    ),
}

DOC = """
# {name}: grades to Canvas

Sends the selected activities of **{name}** to Canvas every night (`{schedule}`, {timezone}) and after every synced
roster, and reads them back. Owner: {owner}. Settings: `canvas:` and `gradebook:` in
`config/districts/{district_id}.yaml`.

| step | what it does |
|---|---|
{steps}

The three tasks of `course` run once for each Canvas course, so that a failing course does not stop the others. If
nothing is new, an export writes nothing. An export never clears a score in Canvas and never removes an excuse. An
assignment that was deleted in Canvas is created again only if a person asks for it.

**When it is red.** Open the log of the first red task. Its last line names code, owner and next step. The ledger has
every score that was sent. Clear the red tasks and everything downstream, or export again. `rollbook report --run R`
shows the summary. If you may see the students, `rollbook grades show --run R` lists them.
`rollbook grades undo --run R` restores what Canvas had before.

Help: {support}
"""


def gradebook_export(district: District, canvas: Canvas) -> DAG:
    """Build the DAG: collect and select once, then three tasks for each Canvas course, then the report."""
    dag_id = f"gradebook_export__{district.district_id}"
    with DAG(
        dag_id,
        dag_display_name=f"Grades: {district.name}",
        description=f"Selected grades of {district.name}, in Canvas and read back",
        doc_md=_doc(district, canvas),
        schedule=AssetOrTimeSchedule(
            timetable=CronTriggerTimetable(
                canvas.schedule, timezone=district.timezone, run_immediately=timedelta(minutes=5)
            ),
            assets=[Asset(f"rollbook://{district.district_id}/roster")],
        ),
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=not district.enabled,
        params=PARAMS,
        tags={"rollbook", "grades", district.district_id},
        default_args={
            "owner": district.owner,
            "retry_exponential_backoff": 2.0,
            "execution_timeout": timedelta(hours=2),
            **RETRIES,
        },
        on_failure_callback=when_failed(district.district_id, "gradebook"),
    ) as dag:
        collect, select = (_whole(step, district.district_id)() for step in ("collect", "select"))
        report = _whole("report", district.district_id, **_at_the_end(district.district_id))()

        @task_group(group_id="course")
        def course(course: Any) -> None:
            steps = [
                CourseStep(task_id=step, step=step, district_id=district.district_id, course=course, doc_md=doc)
                for step, doc in BY_COURSE.items()
            ]
            steps[0] >> steps[1] >> steps[2]

        collect >> select >> course.expand(course=select) >> report
    return dag


def _whole(step: str, district_id: str, **options: Any) -> Any:
    """Return a task of the whole export.

    If the task fails, it sends a notification. If a course's task fails, the report sends one for all courses.
    """
    options = {"on_failure_callback": when_failed(district_id, "gradebook")} | options
    return task(_perform(step, district_id), task_id=step, doc_md=WHOLE[step], **options)


def _at_the_end(district_id: str) -> dict[str, Any]:
    """Return the report's own options: it runs whatever happened before, and notifies of what needs approval."""
    failed, exported = when_failed(district_id, "gradebook"), when_exported(district_id)
    callbacks = {"on_success_callback": exported, "on_failure_callback": [failed, exported]}
    return {"trigger_rule": TriggerRule.ALL_DONE, **callbacks}


def _perform(step: str, district_id: str) -> Callable[..., list[int] | None]:
    def perform(**context: Any) -> list[int] | None:
        from pipelines.airflow import gradebook

        return gradebook.perform(step, district_id, context)

    return perform


def _doc(district: District, canvas: Canvas) -> str:
    return DOC.format(
        name=district.name,
        district_id=district.district_id,
        schedule=canvas.schedule,
        timezone=district.timezone,
        owner=district.owner,
        support=canvas.support,
        steps="\n".join(f"| `{step}` | {doc} |" for step, doc in (WHOLE | BY_COURSE).items()),
    )


def _canvas_of(stem: str) -> tuple[District, Canvas] | None:
    """Return the district and its Canvas; None if it has none or the schedule is invalid.

    The roster's DAG reports an invalid schedule.
    """
    district = readable_district(stem)
    if district is None or district.canvas is None:
        return None
    try:
        CronTriggerTimetable(district.canvas.schedule, timezone=district.timezone).validate()
    except (AirflowTimetableInvalid, ValueError, LookupError):
        return None
    return district, district.canvas


_asked_for = get_parsing_context().dag_id
for _stem in district_ids():
    if _asked_for in (None, f"gradebook_export__{_stem}") and (_found := _canvas_of(_stem)):
        gradebook_export(*_found)
