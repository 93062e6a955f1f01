"""One DAG per district, `roster_holds__<district>`: it requests approval of a night's holds and applies the response.

If a night holds something, it begins a run of this DAG and ends; no night waits for a response. The work itself is in
`pipelines/airflow/holds.py`. This file holds order and alerting only; it imports nothing heavy.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Asset, Param, TriggerRule, chain, get_parsing_context, task

from pipelines.airflow.holds import APPROVE, REJECT, Decide
from pipelines.airflow.notifications import when_failed, when_held
from pipelines.settings import District, district_ids, readable_district

DOCS = {
    "brief": "Gathers what a person has to see: planned, active and allowed rows by school, entity and kind of change. "
    "Skipped when nothing needs approval any more.",
    "decide": "Waits in Required Actions for Approve or Reject, with a reason, and holds no worker. Once an hour the "
    "task checks whether the request is still open. A newer night, a response on the command line and the settings' "
    "`hold_days` close the request: the task is then skipped, and nothing is applied.",
    "apply": "Approved: a separate run applies exactly the approved changes, checked by their digest. The task is "
    "green, and the roster's asset event is sent. Rejected: the changes are discarded, and the task is skipped. "
    "Red with STALE_PLAN: the open holds are not the approved ones, and nothing was applied.",
    "ask": "Requests approval of the holds that are left. Skipped when none is left.",
}
RETRIES = {
    "retries": 3,
    "retry_exponential_backoff": 2.0,
    "retry_delay": timedelta(minutes=1),
    "max_retry_delay": timedelta(minutes=10),
}
# A busy scheduler may mistake the task that resumes with a response for a killed one, and retry it. The response is
# stored, so the retry needs no long delay.
SOON = {"retries": 6, "retry_delay": timedelta(seconds=15)}
# If a newer approval request replaces an older one, the older one ends within the hour. Until then the older one must
# not block the newer one.
OPEN_REQUESTS = 32

PARAMS = {
    "run": Param(
        None,
        type=["null", "integer"],
        title="Run",
        description="Request approval of this run's holds. Empty: the newest run with open holds.",
    )
}
FORM = {
    "why": Param(
        None,
        type=["null", "string"],
        title="Why",
        description="Recorded with the decision, your name and the time. Give counts and reasons, no student's name.",
    ),
    "holds": Param(
        None,
        type=["null", "array"],
        items={"type": "string"},
        title="Only these holds",
        description="Numbers of the table's first column, one per line. Empty: all. The others are requested again.",
    ),
}

DOC = """
# {name}: changes that need approval

If a roster run of **{name}** would change more of a school than the limits in `config/districts/{district_id}.yaml`
allow, these changes are held and everything else is synced. The run's last task, `ask`, then triggers this DAG.
Owner: {owner}.

| task | what it does |
|---|---|
{tasks}

**To respond**, open *Required Actions*, read the table, give a reason, and press Approve or Reject. By REST:
`PATCH /api/v2/dags/{dag_id}/dagRuns/RUN/taskInstances/decide/-1/hitlDetails` with
`{{"chosen_options": ["Approve"], "params_input": {{"why": "a new school year"}}}}`; a field may be left out. On the
command line: `rollbook plan show --run R`, then `rollbook plan approve --run R` or `reject`.

**Who approved what, when and why** is in `runs.holds` and `runs.decisions`. `rollbook undo --run R` reverts what an
approval applied. What to check before you approve: `docs/runbook.md#hold_required`.

**To repeat the request**, clear `brief` and everything downstream, or trigger this DAG with the run's number.
"""


def roster_holds(district: District) -> DAG:
    """Build the DAG, four tasks in a row: gather, wait for the response, apply it, request approval of what is left.

    A new DAG is not paused: it does nothing unless a night requests approval, and such a request must not get lost.
    """
    dag_id = f"roster_holds__{district.district_id}"
    roster, held = (Asset(f"rollbook://{district.district_id}/{what}") for what in ("roster", "holds"))
    failed = when_failed(district.district_id, "holds")
    with DAG(
        dag_id,
        dag_display_name=f"Holds: {district.name}",
        description=f"Changes to the rosters of {district.name} that need approval",
        doc_md=_doc(dag_id, district),
        schedule=[held],
        catchup=False,
        max_active_runs=OPEN_REQUESTS,
        is_paused_upon_creation=False,
        params=PARAMS,
        tags={"rollbook", "roster", "holds", district.district_id},
        default_args={"owner": district.owner, "on_failure_callback": failed, **RETRIES},
        on_failure_callback=failed,
    ) as dag:
        soon = {"execution_timeout": timedelta(hours=6)}
        # The night has already sent this notification, unless sending failed or somebody triggered this DAG by hand.
        brief = _task(
            "brief", district.district_id, on_success_callback=when_held(district.district_id, "holds"), **soon
        )
        decide = Decide(
            task_id="decide",
            subject="{{ ti.xcom_pull(task_ids='brief')['subject'] }}",
            body="{{ ti.xcom_pull(task_ids='brief')['body'] }}",
            options=[APPROVE, REJECT],
            params=FORM,
            doc_md=DOCS["decide"],
            **SOON,
        )
        chain(
            brief,
            decide,
            _task("apply", district.district_id, outlets=[roster], **soon),
            _task("ask", district.district_id, outlets=[held], trigger_rule=TriggerRule.NONE_FAILED, **soon),
        )
    return dag


def _task(name: str, district_id: str, **options: Any) -> Any:
    return task(_perform(name, district_id), task_id=name, doc_md=DOCS[name], **options)()


def _perform(name: str, district_id: str) -> Callable[..., dict[str, Any] | None]:
    def perform(**context: Any) -> dict[str, Any] | None:
        from pipelines.airflow import holds

        if name == "brief":
            return holds.brief(district_id, context)
        if name == "apply":
            holds.apply(district_id, context)
        else:
            holds.ask(district_id, "brief", context)
        return None

    return perform


def _doc(dag_id: str, district: District) -> str:
    return DOC.format(
        dag_id=dag_id,
        name=district.name,
        district_id=district.district_id,
        owner=district.owner,
        tasks="\n".join(f"| `{name}` | {doc} |" for name, doc in DOCS.items()),
    )


_asked_for = get_parsing_context().dag_id
for _stem in district_ids():
    if _asked_for in (None, f"roster_holds__{_stem}") and (_district := readable_district(_stem)):
        roster_holds(_district)
