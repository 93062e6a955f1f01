"""One DAG per district, `roster_nightly__<district>`: it syncs the roster every night in eight steps.

A ninth task requests approval of what the night holds.
The districts are the files in `config/districts/`; the steps themselves live in `pipelines/roster.py`. This file holds
schedule, order and alerting only, and imports nothing heavy: Airflow parses it every half minute and before every task.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Asset, CronTriggerTimetable, Param, TriggerRule, chain, get_parsing_context, task
from airflow.sdk.exceptions import AirflowTimetableInvalid

from pipelines.airflow.links import lead
from pipelines.airflow.notes import note_failure, note_night
from pipelines.airflow.notifications import when_failed, when_held, when_synced
from pipelines.errors import Explained, Place, SettingsInvalid
from pipelines.settings import District, district_ids, load_district, pool_of

STEPS = {
    "extract": "Pulls the source's snapshot into the landing zone and checks that it is complete. If the bytes are "
    "those of last night, the run ends here as `unchanged`, and the next steps are skipped.",
    "validate": "Splits the rows into accepted and quarantined ones, each with its rule, line and owner.",
    "stage": "Loads the accepted rows and checks the expectations, such as the size compared with recent nights.",
    "plan": "Plans the changes: create, update, move, archive, reactivate. Nothing is written to the roster.",
    "review": "Compares the plan with the district's limits. Changes beyond the limits are held; the rest goes on.",
    "merge": "Applies the changes that are not held, in one transaction. A second merge of the plan changes nothing.",
    "audit": "Checks that exactly the planned changes were written.",
    "report": "Writes the run's report, also if the run was unchanged or failed. Green means that the roster is right "
    "as of this date. Only then is the asset event sent to consumers.",
}
ASK = (
    "Requests approval of the holds: an asset event triggers `roster_holds__<district>`, which waits in Required "
    "Actions for a person's response. Skipped when nothing is held."
)

# The label of a task's button, which opens the task's page. On the other tasks the button opens the run's own page.
PAGES = {
    "validate": "Failed validations",
    "stage": "Failed validations",
    "plan": "Plan",
    "review": "Holds",
    "merge": "Plan",
    "ask": "Holds",
}

# A source's export is often hours late, and waiting costs nothing: 5, 10, 20, 40, 60, 60 minutes (`extract_tries` in
# the settings). Once the snapshot has landed, only the warehouse can be unavailable. A night should not wait long for
# it: 1, 2, 4 minutes.
PATIENT = {"retry_delay": timedelta(minutes=5), "max_retry_delay": timedelta(hours=1)}
BRIEF = {"retries": 3, "retry_delay": timedelta(minutes=1), "max_retry_delay": timedelta(minutes=10)}

PARAMS = {
    "as_of": Param(
        None,
        type=["null", "string"],
        format="date",
        title="As of",
        description="The district's local date that the run describes. Empty: the date of the run.",
    ),
    "schools": Param(
        None,
        type=["null", "array"],
        items={"type": "string"},
        title="Schools",
        description="Only these school ids, one per line. Empty: all that the settings name.",
    ),
    "term": Param(None, type=["null", "string"], title="Term", description="Only this term. Empty: all."),
    "course": Param(
        None,
        type=["null", "string"],
        title="Course",
        description="Only this course, if the source can deliver a single course. Empty: all that the settings name.",
    ),
    "source": Param(None, type=["null", "string"], title="Source", description="Only this source. Empty: all."),
    "plan_only": Param(
        False, type="boolean", title="Plan only", description="Make the plan and show it; do not change the roster."
    ),
    "path": Param(
        None,
        type=["null", "string"],
        title="File",
        description="Read this path or URL in place of the settings' path: for a first import, or a file sent by hand.",
    ),
}

DOC = """
# {name}: the nightly roster

Syncs the class rosters of **{name}** every night (`{schedule}`, {timezone}), from {sources}.
Settings: `config/districts/{district_id}.yaml`. Owner of the data: {owner}.
{warning}
| step | what it does |
|---|---|
{steps}

**Reading a run.** All green: synced. `extract` and `report` green, the rest skipped: the source is `unchanged`.
`report` skipped: the roster was not changed (plan only, no snapshot of that date, or a disabled district). `ask` green:
some changes are held and everything else is synced; `roster_holds__{district_id}` requests approval. Each task's log
has the run's counts: received, accepted, quarantined by rule, planned by action, applied.

**When it is red.** Open the log of the first red task. Its last line names the error's code, its place (file, line,
column), its owner and what to do next. `docs/runbook.md` has a section for every code. Until `merge` is green, the
roster is last night's. Orange tasks wait for their retry. When the cause is fixed, clear `extract` together with
everything downstream: this starts the run again.

**Where the rows are.** Logs and XComs have only counts and the run's number. The tab *Rollbook* of a DAG, a run or a
task, and the button in a task's details (*Failed validations*, *Plan*, *Holds*), open the pages with the findings and
their owners. If you may start this DAG, the pages show the rows, too. On a command line: `rollbook runs`,
`rollbook report --run R`, `rollbook quarantine --run R`. The end of the `report` log names the files of the report and
its Data Docs.

**By hand.** *Trigger* shows a form: another date, some schools, one term, or *plan only*. A logical date without a time
(`airflow dags trigger {dag_id} -l 2026-09-01`) means that day. A whole term:
`airflow backfill create --dag-id {dag_id} --from-date 2026-09-01 --to-date 2026-09-30T23:59`.
A backfill replays the landed snapshots of these dates, one after the other. The result does not depend on the order. A
date without a snapshot ends as skipped, and nothing is sent to Canvas. With `enabled: false` the schedule and backfills
do nothing; a run by hand still works. The DAG of a disabled district starts paused: after you enable the district,
unpause the DAG once.
"""


def roster_night(district: District, problem: Explained | None = None) -> DAG:
    """Build the DAG: eight tasks in a row, and the approval request.

    If the settings have a `problem`, every night fails at once with that problem as its error.
    """
    dag_id = f"roster_nightly__{district.district_id}"
    failed = when_failed(district.district_id, "roster")
    with DAG(
        dag_id,
        dag_display_name=f"Roster: {district.name}",
        description=f"The class rosters of {district.name}, right every night",
        doc_md=_doc(dag_id, district, problem),
        # The first run of a new DAG is the next night. Without `run_immediately`, a DAG created up to 2.4 h after last
        # night's time would run last night at once.
        # No start_date: Airflow silently drops the dates before it from a backfill.
        schedule=CronTriggerTimetable(
            district.schedule, timezone=district.timezone, run_immediately=timedelta(minutes=5)
        ),
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=not district.enabled,
        params=PARAMS,
        tags={"rollbook", "roster", district.district_id} | ({"settings-invalid"} if problem else set()),
        default_args={
            "owner": district.owner,
            "retry_exponential_backoff": 2.0,
            "execution_timeout": timedelta(hours=6),  # a night that hangs must not swallow the next one
            "on_failure_callback": [failed, note_failure],
            **BRIEF,
        },
        on_failure_callback=failed,  # Airflow calls no task callback for a killed process
    ) as dag:
        options = _options(district)
        steps = [
            task(_step(step, district.district_id, problem), task_id=step, doc_md=doc, **options.get(step, {}))()
            for step, doc in STEPS.items()
        ]
        ask = task(_ask(district.district_id), task_id="ask", doc_md=ASK, **options["ask"])()
        chain(*steps, ask)
        for step, made in zip([*STEPS, "ask"], [*steps, ask], strict=True):
            lead(made, PAGES.get(step, "Run"))
    return dag


def _options(district: District) -> dict[str, dict[str, Any]]:
    """Return each task's own options: retry policy, outlets and callbacks for notifications and notes."""
    roster, held = (Asset(f"rollbook://{district.district_id}/{what}") for what in ("roster", "holds"))
    return {
        "extract": {"retries": district.extract_tries - 1, "pool": pool_of(district), **PATIENT},
        "report": {
            "trigger_rule": TriggerRule.ALL_DONE,
            "outlets": [roster],
            "on_success_callback": [when_synced(district.district_id), note_night],
            "on_failure_callback": [when_failed(district.district_id, "roster"), note_night],
            "on_skipped_callback": note_night,
        },
        "ask": {"outlets": [held], "on_success_callback": when_held(district.district_id, "roster")},
    }


def _step(step: str, district_id: str, problem: Explained | None) -> Callable[..., None]:
    def perform(**context: Any) -> None:
        from pipelines.airflow import bridge

        if problem:
            bridge.refuse(problem)
        bridge.perform(step, district_id, context)

    return perform


def _ask(district_id: str) -> Callable[..., None]:
    def ask(**context: Any) -> None:
        from pipelines.airflow import holds

        holds.ask(district_id, "extract", context)

    return ask


def _doc(dag_id: str, district: District, problem: Explained | None) -> str:
    return DOC.format(
        dag_id=dag_id,
        district_id=district.district_id,
        name=district.name,
        schedule=district.schedule,
        timezone=district.timezone,
        sources=", ".join(f"`{source.kind}`" for source in district.sources),
        owner=district.owner,
        warning=f"\n**The settings are not valid, so every night fails until they are fixed:** {problem}\n"
        if problem
        else "",
        steps="\n".join(f"| `{step}` | {doc} |" for step, doc in {**STEPS, "ask": ASK}.items()),
    )


def _settings(stem: str) -> tuple[District, Explained | None]:
    """Return the settings and the error in them, if any.

    One district's error must not stop the nights of the others, so invalid settings yield a placeholder.
    """
    try:
        district = load_district(stem)
        _check_schedules(district)
    except SettingsInvalid as error:
        return _placeholder(stem), error.explained
    except (OSError, ValueError, LookupError) as error:  # unreadable, not text, or no such time zone
        return _placeholder(stem), SettingsInvalid(type(error).__name__, place=Place(f"{stem}.yaml")).explained
    return district, None


def _check_schedules(district: District) -> None:
    """Raise SettingsInvalid for an invalid schedule.

    This includes the schedule of the grades: with an invalid one, the export's own DAG does not exist to report it.
    """
    schedules = {"schedule": district.schedule}
    if district.canvas:
        schedules["canvas.schedule"] = district.canvas.schedule
    for key, schedule in schedules.items():
        try:
            CronTriggerTimetable(schedule, timezone=district.timezone).validate()
        except AirflowTimetableInvalid as error:
            place = Place(f"{district.district_id}.yaml")
            raise SettingsInvalid(f"{key}: {error}", place=place, fix="correct the settings file") from None


def _placeholder(stem: str) -> District:
    """Return a stand-in for unreadable settings, so that the district's DAG stays visible and its night is red."""
    return District.model_construct(district_id=_safe(stem), name=stem, sources=())


def _safe(stem: str) -> str:
    """Return a file name as Airflow allows it in a DAG's id; a valid district id stays unchanged."""
    return re.sub(r"[^\w.-]", "_", stem, flags=re.ASCII)


# A task's process needs only its own DAG; building a hundred others would cost seconds.
_asked_for = get_parsing_context().dag_id
for _stem in district_ids():
    if _asked_for in (None, f"roster_nightly__{_safe(_stem)}"):
        roster_night(*_settings(_stem))
