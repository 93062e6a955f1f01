"""An export of grades under Airflow: its tasks, and the wait for Canvas that holds no worker.

Airflow receives course numbers, counts, codes and the run's number; it never receives a student.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from pipelines.airflow import bridge, translation
from pipelines.errors import NoCanvas
from pipelines.runs.request import ExportRequest
from pipelines.settings import District, load_district

INLINE_SECONDS = 10.0  # most bulk updates end within this time, and deferring costs some seconds too
_LATE = timedelta(days=1)  # an asset event about an older night gives no reason to send grades now


def perform(step: str, district_id: str, context: Mapping[str, Any]) -> list[int] | None:
    """Perform collect, select or report as an Airflow task.

    `select` returns the courses that the next tasks map over; the other steps return None.
    """
    from pipelines import gradebook, runs
    from pipelines.settings import load_district

    translation.translate_errors(lambda: bridge.inject_connections(_connections(load_district(district_id))))
    if step == "collect":
        request = export_request(district_id, context)
        run_id = translation.translate_errors(lambda: gradebook.start(request))
        context["ti"].xcom_push(key="run_id", value=run_id)
    else:
        run_id = _run_of(context)
    translation.translate_errors(lambda: gradebook.perform(step, run_id))
    if step == "select":
        return translation.translate_errors(lambda: gradebook.courses(run_id))
    if step == "report":
        bridge.end_report(runs.load(run_id).status, run_id, context, "Canvas")
    return None


def export_request(district_id: str, context: Mapping[str, Any]) -> ExportRequest:
    """Return what the form, the schedule or a synced roster asks for.

    Raises AirflowSkipException for a backfill, which sends nothing to Canvas. The same holds for a run that only
    asset events of older nights or backfills triggered.
    """
    params, run_type = context["params"], context["dag_run"].run_type
    as_of = bridge.as_of_run(district_id, context)
    events = [event for group in (context.get("triggering_asset_events") or {}).values() for event in group]
    tonight = datetime.now(load_district(district_id).zone).date() - _LATE
    if run_type == "backfill" or (events and not any(_is_of_a_night(event, tonight) for event in events)):
        raise AirflowSkipException("a backfill sends nothing to Canvas; to send grades, trigger the export by hand")
    return ExportRequest(
        district_id=district_id,
        as_of=as_of,
        classes=tuple(params["classes"]) if params["classes"] else None,
        activities=tuple(params["activities"]) if params["activities"] else None,
        plan_only=params["plan_only"],
        scheduled=run_type not in bridge.BY_HAND,
        dag_run=bridge.dag_run_of(context),
    )


class CourseStep(BaseOperator):
    """One step of one Canvas course.

    If Canvas takes long over a push, the task waits in the triggerer, not on a worker.
    """

    template_fields: Sequence[str] = ("course",)

    def __init__(self, *, step: str, district_id: str, course: Any, **options: Any) -> None:
        super().__init__(**options)
        self.step, self.district_id, self.course = step, district_id, course

    def execute(self, context: Any, event: Any = None) -> None:
        """Perform the step; Airflow calls this again with an event after a wait."""
        from pipelines import gradebook
        from pipelines.grades.push import Waiting

        canvas = translation.translate_errors(lambda: gradebook.canvas_of(load_district(self.district_id)))
        translation.translate_errors(lambda: bridge.inject_connections([canvas.connection]))
        run_id = _run_of(context)
        done = translation.translate_errors(
            lambda: gradebook.perform_course(self.step, run_id, int(self.course), patient_seconds=INLINE_SECONDS)
        )
        if isinstance(done, Waiting):
            # Imported here: Airflow's triggers import its database library, which must not slow DAG parsing.
            from pipelines.airflow.progress import CanvasProgress

            trigger = CanvasProgress(canvas.connection, done.progress, done.until.isoformat())
            self.defer(trigger=trigger, method_name="execute")


def _connections(district: District) -> list[str | None]:
    if district.canvas is None:
        raise NoCanvas("the settings have no canvas:", owner=district.owner, fix="add canvas: to send grades")
    return [district.canvas.connection, *(source.connection for source in district.gradebook.sources)]


def _run_of(context: Mapping[str, Any]) -> int:
    run_id = context["ti"].xcom_pull(task_ids="collect", key="run_id")
    if run_id is None:
        if bridge.states_of(context).get("collect") == "skipped":
            raise AirflowSkipException("collect was skipped before it began a run; there is nothing to report")
        raise AirflowFailException("collect failed before it began a run; read the task's log")
    return int(run_id)


def _is_of_a_night(event: Any, tonight: date) -> bool:
    """Return whether an asset event of a roster is recent: neither older than `tonight` nor sent by a backfill."""
    facts = event.extra or {}
    late = "as_of" in facts and date.fromisoformat(facts["as_of"]) < tonight
    return not late and not facts.get("backfill")
