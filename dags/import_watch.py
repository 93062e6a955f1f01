"""One DAG per district with a deadline, `import_watch__<district>`: red if a night's import is missing at the deadline.

It is separate from the nightly DAG, which can't report a night that it never began: that DAG may be paused or late.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from airflow.sdk import DAG, MultipleCronTriggerTimetable, get_parsing_context, task

from pipelines.airflow.notifications import when_failed
from pipelines.settings import District, district_ids, readable_district

DOC = """
# {name}: are the imports there?

At each deadline of the settings (`expected_by:` {deadlines}, {timezone}), this DAG checks whether the night's imports
have arrived. Settings: `config/districts/{district_id}.yaml`. Owner of the data: {owner}.

**Red** means that an import is missing: `IMPORT_MISSING` in `docs/runbook.md` says what to do. The log names the source
and the night, and `rollbook runs` lists the run. The roster is last night's. When the import has arrived, clear the
task. The task then checks the same night again.

**Skipped**: the settings say `enabled: false`.

The result is also right when `roster_nightly__{district_id}` is paused or has not run, because this DAG reads what runs
recorded. If Airflow itself is down, nothing is checked here; use `rollbook check --district {district_id}`.
"""


def import_watch(district: District, deadlines: list[str]) -> DAG:
    """Build the DAG: one task, which runs at each of the deadlines."""
    crons = [f"{int(by[3:])} {int(by[:2])} * * *" for by in deadlines]
    failed = when_failed(district.district_id, "imports")
    with DAG(
        f"import_watch__{district.district_id}",
        dag_display_name=f"Imports: {district.name}",
        description=f"Red when an import of {district.name} is not there by its deadline",
        doc_md=DOC.format(
            name=district.name,
            district_id=district.district_id,
            deadlines=", ".join(deadlines),
            timezone=district.timezone,
            owner=district.owner,
        ),
        # If the scheduler was down, Airflow runs the latest deadline that it missed.
        schedule=MultipleCronTriggerTimetable(*crons, timezone=district.timezone, run_immediately=timedelta(minutes=5)),
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=not district.enabled,
        tags={"rollbook", "imports", district.district_id},
        default_args={
            "owner": district.owner,
            "retries": 2,  # for an unavailable warehouse; a missing import is red at once
            "retry_delay": timedelta(minutes=1),
            "execution_timeout": timedelta(minutes=15),
            "on_failure_callback": failed,
        },
        on_failure_callback=failed,
    ) as dag:
        task(_check_deadlines(district.district_id), task_id="check_deadlines", doc_md="Checks the night's imports.")()
    return dag


def _check_deadlines(district_id: str) -> Callable[..., None]:
    def check_deadlines(**context: object) -> None:
        from pipelines.airflow import bridge

        bridge.watch(district_id, context)

    return check_deadlines


def _watched(stem: str) -> tuple[District, list[str]] | None:
    """Return the district and its deadlines; None if it has no deadline."""
    district = readable_district(stem)
    sources = district.sources if district else ()
    deadlines = sorted({source.expected_by for source in sources if source.expected_by})
    return (district, deadlines) if district and deadlines else None


_asked_for = get_parsing_context().dag_id
for _stem in district_ids():
    if _asked_for in (None, f"import_watch__{_stem}") and (_found := _watched(_stem)):
        import_watch(*_found)
