"""One DAG per district, `district_check__<district>`: its self-check, when somebody triggers it and once a week.

The page *Self-check* shows the result, and `rollbook check` prints the same checks.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable, get_parsing_context, task

from pipelines.airflow.notifications import when_failed
from pipelines.settings import District, district_ids, readable_district

DOC = """
# {name}: the self-check

Checks settings, connections, sources, schools, classes, freshness and limits, and the nine steps of going live
(`docs/launch.md`). It reads the sources' deliveries and changes nothing. The page *Self-check* shows the result.

**Red** means that a check failed. The log names the first failed check, its owner and what to do next. If the schedule
began the self-check, the people under `notify:` of the settings are notified.
"""


def district_check(district: District) -> DAG:
    """Build the DAG: one task, which performs every check."""
    failed = when_failed(district.district_id, "check")
    with DAG(
        f"district_check__{district.district_id}",
        dag_display_name=f"Self-check: {district.name}",
        description=f"Whether {district.name} is ready for its nights",
        doc_md=DOC.format(name=district.name),
        # By day, when somebody is there to fix what the check finds.
        schedule=CronTriggerTimetable("0 10 * * 1", timezone=district.timezone, run_immediately=timedelta(minutes=5)),
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=not district.enabled,
        tags={"rollbook", "check", district.district_id},
        default_args={
            "owner": district.owner,
            "retries": 0,
            "execution_timeout": timedelta(minutes=30),
            "on_failure_callback": failed,
        },
        on_failure_callback=failed,
    ) as dag:
        task(_check(district.district_id), task_id="check", doc_md="Performs every check and stores the result.")()
    return dag


def _check(district_id: str) -> Callable[..., None]:
    def check(**context: object) -> None:
        from pipelines.airflow import bridge

        bridge.check(district_id, context)

    return check


_asked_for = get_parsing_context().dag_id
for _stem in district_ids():
    if _asked_for in (None, f"district_check__{_stem}") and (_district := readable_district(_stem)):
        district_check(_district)
