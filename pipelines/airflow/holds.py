"""Holds under Airflow: the approval request in Required Actions, the wait that holds no worker, and the response.

Airflow receives counts, schools, digests and the run's number; it never receives a person of the roster.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Asset
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException, TaskAwaitingInput

from pipelines.airflow import bridge, links, translation
from pipelines.errors import HoldRequired, RollbookError, SettingsInvalid, StalePlan
from pipelines.settings import District, load_district

if TYPE_CHECKING:
    from pipelines.runs import Run
    from pipelines.runs.request import Decision

log = logging.getLogger(__name__)

APPROVE, REJECT = "Approve", "Reject"
# An approval request may be settled elsewhere: by a newer night, or on the command line. At this interval its task
# runs for a moment and checks.
CHECK_EVERY = timedelta(hours=1)
_SOON = timedelta(seconds=1)

_HEADER = ("hold", "school", "what", "change", "planned", "active", "allowed")
_BODY = """
The changes in this table need approval. The rest of the run for **{as_of}** is applied. The limits are in
`config/districts/{district_id}.yaml`.

{table}
**Approve** applies exactly these changes in a separate run, which can be undone (`rollbook undo`). **Reject** discards
the changes, and the roster stays as it is. Without a response the changes expire on {expires} and are not applied. A
newer night's approval request replaces this request.

{page}The changes row by row, with our ids: `rollbook plan show --run {run_id}`. The run's counts:
`rollbook report --run {run_id}`. What to check before you approve: `docs/runbook.md#hold_required`.
"""


def ask(district_id: str, begun_by: str, context: Mapping[str, Any]) -> None:
    """Send the asset event that requests approval of what the run of the task `begun_by` holds.

    Raises AirflowSkipException when no hold is open.
    """
    run_id = context["ti"].xcom_pull(task_ids=begun_by, key="run_id")
    waiting = translation.translate_errors(lambda: _open(run_id)) if run_id else []
    if not waiting:
        raise AirflowSkipException("nothing needs approval")
    facts = {"run_id": run_id, "holds": len(waiting), "changes": sum(hold["planned"] for hold in waiting)}
    context["outlet_events"][Asset(f"rollbook://{district_id}/holds")].extra = facts
    log.info("ask: %d changes in %d holds need approval", facts["changes"], facts["holds"])


def brief(district_id: str, context: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a person has to see: subject, table, the digest of each hold.

    Raises AirflowSkipException when no hold is open any more.
    """
    request = translation.translate_errors(lambda: _request(load_district(district_id), context))
    if request is None:
        raise AirflowSkipException("nothing needs approval any more")
    context["ti"].xcom_push(key="run_id", value=request["run_id"])
    return request


def apply(district_id: str, context: Mapping[str, Any]) -> None:
    """Carry out the approval response: apply exactly what the person saw, or discard it.

    Raises AirflowSkipException after a rejection, which leaves the roster as it is.
    """
    response, request = (context["ti"].xcom_pull(task_ids=task_id) for task_id in ("decide", "brief"))
    translation.translate_errors(lambda: _delete_response(context))
    decision = translation.translate_errors(lambda: _decision(response, request))
    if response["chosen_options"] == [REJECT]:
        translation.translate_errors(lambda: _reject(request["run_id"], decision))
        raise AirflowSkipException("rejected: the roster is unchanged")
    if response["chosen_options"] != [APPROVE]:
        raise AirflowFailException("no option was chosen: clear `decide` to repeat the approval request")
    bridge.acquire_lease(district_id, context)
    applied_by = translation.translate_errors(lambda: _approve(request["run_id"], decision))
    log.info("approved: run %d applied the changes", applied_by)
    facts = {"as_of": request["as_of"], "run_id": applied_by}
    context["outlet_events"][Asset(f"rollbook://{district_id}/roster")].extra = facts


class Decide(HITLOperator):
    """The approval request. While it waits it holds no worker; once an hour it checks whether it still has to wait."""

    template_fields: Collection[str] = ("subject", "body")

    def execute(self, context: Any) -> Any:
        """Send the approval request and wait, at most until the next check.

        If the response is already stored and Airflow missed it, return that response.
        """
        stored = translation.translate_errors(lambda: _stored_response(context))
        if stored:
            return stored
        self.response_timeout = self._until_next_check(context)
        return super().execute(context)

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        """Return the approval response. If the wait ended only for a check, raise TaskAwaitingInput to wait on.

        A response by REST may leave out fields of the form; such a field becomes None.
        """
        if event.get("error_type") == "timeout":
            raise TaskAwaitingInput(method_name="execute_complete", timeout=self._until_next_check(context))
        if "error" not in event:
            event["params_input"] = dict.fromkeys(self.params) | (event["params_input"] or {})
        response = super().execute_complete(context, event)
        translation.translate_errors(lambda: _store_response(context, response))
        return response

    def _until_next_check(self, context: Any) -> timedelta:
        """Return how long to wait for the next check.

        Raises AirflowSkipException when the open holds are no longer exactly those of the approval request.
        """
        request = context["ti"].xcom_pull(task_ids="brief")
        held = translation.translate_errors(lambda: _holds(request["run_id"]))
        waiting = {str(hold["hold_n"]): hold for hold in held if hold["status"] == "open"}
        if {number: hold["digest"] for number, hold in waiting.items()} != request["digests"]:
            over = sorted({hold["status"] for hold in held} - {"open"})
            raise AirflowSkipException(
                f"the approval request is closed: its holds are {', '.join(over)}; this task applied nothing"
            )
        left: timedelta = min(hold["expires_at"] for hold in waiting.values()) - datetime.now(UTC)
        return min(CHECK_EVERY, max(left, _SOON))


def _stored_response(context: Mapping[str, Any]) -> dict[str, Any] | None:
    from pipelines.operations import approval_responses

    response = approval_responses.kept(_district_of(context), bridge.dag_run_of(context))
    if response:
        log.info("the approval request already has a response")
    return response


def _store_response(context: Mapping[str, Any], response: Mapping[str, Any]) -> None:
    from pipelines.operations import approval_responses

    approval_responses.keep(_district_of(context), bridge.dag_run_of(context), response)


def _delete_response(context: Mapping[str, Any]) -> None:
    from pipelines.operations import approval_responses

    approval_responses.forget(_district_of(context), bridge.dag_run_of(context))


def _district_of(context: Mapping[str, Any]) -> str:
    return str(context["ti"].dag_id).partition("__")[2]


def _request(district: District, context: Mapping[str, Any]) -> dict[str, Any] | None:
    from pipelines import runs

    run_id = _asked_about(district.district_id, context)
    waiting = _open(run_id) if run_id else []
    if run_id is None or not waiting:
        return None
    run, changes = runs.load(run_id), sum(hold["planned"] for hold in waiting)
    return {
        "run_id": run_id,
        "as_of": run.as_of.isoformat(),
        "digests": {str(hold["hold_n"]): hold["digest"] for hold in waiting},
        "subject": f"{district.name}: {changes:,} changes need approval, run for {run.as_of}",
        "body": _body(district, run, waiting),
    }


def _asked_about(district_id: str, context: Mapping[str, Any]) -> int | None:
    """Return the run that the form names, else the newest run whose asset event requested approval.

    If a person triggers the DAG with an empty form, return the newest run that needs approval.
    Raises SettingsInvalid when the form names another district's run.
    """
    from pipelines import runs

    if context["params"].get("run"):
        run_id = int(context["params"]["run"])
        if runs.load(run_id).district_id != district_id:
            raise SettingsInvalid(f"run {run_id} belongs to another district", fix="see: rollbook runs")
        return run_id
    events = (context.get("triggering_asset_events") or {}).values()
    asked = [int(event.extra["run_id"]) for group in events for event in group]
    waiting = [run["run_id"] for run in runs.recent(district_id) if run["code"] == HoldRequired.code]
    return max(asked or waiting, default=None)


def _body(district: District, run: Run, waiting: list[dict[str, Any]]) -> str:
    from pipelines.report import tables

    body = [
        (hold["hold_n"], hold["school"], hold["entity"], hold["action"], f"{hold['planned']:,}", *_limit(hold))
        for hold in waiting
    ]
    table = "\n".join(tables.table("", _HEADER, body)[2:])
    expires = min(hold["expires_at"] for hold in waiting).astimezone(district.zone)
    page = links.run_page(district.district_id, run.run_id, "holds")
    facts = {"as_of": run.as_of, "run_id": run.run_id, "district_id": district.district_id, "table": table}
    facts["page"] = (
        f"[The changes row by row, old and new]({page}), if you may see the people in them.\n\n" if page else ""
    )
    return _BODY.format(**facts, expires=f"{expires:%Y-%m-%d %H:%M} ({district.timezone})").strip()


def _limit(hold: Mapping[str, Any]) -> tuple[str, str]:
    if hold["kind"] != "limit":  # an id that seems to have changed needs approval however few changes there are
        return "", ""
    return f"{hold['active']:,}", f"{hold['allowed']:,}"


def _decision(response: Mapping[str, Any], request: Mapping[str, Any]) -> Decision:
    """Return who responded, why and about which holds. The digest is that of the holds that were shown.

    Raises SettingsInvalid when the response names a hold that the request did not show.
    """
    from pipelines.runs.request import Decision

    form = response["params_input"] or {}
    chosen = [str(number).strip() for number in form.get("holds") or request["digests"]]
    unknown = [number for number in chosen if number not in request["digests"]]
    if unknown:
        raise SettingsInvalid(
            f"{len(unknown)} of the numbers name no hold of this approval request",
            fix="clear `decide` and respond again",
        )
    who = response["responded_by_user"] or {}
    return Decision(
        by=str(who.get("name") or who.get("id") or "airflow"),
        why=form.get("why") or "",
        holds=tuple(sorted(map(int, chosen))),
        digest="-".join(request["digests"][str(number)] for number in sorted(map(int, chosen))),
    )


def _approve(run_id: int, decision: Decision) -> int:
    """Apply what was approved and return the run that applied it.

    If an earlier approval broke off after its merge, finish that run. Raises RollbookError when the run does not
    end as applied.
    """
    from pipelines import roster, runs
    from pipelines.operations import approval

    decided = [hold for hold in _holds(run_id) if hold["hold_n"] in decision.holds]
    applied_by: set[int] = {hold["applied_by"] for hold in decided if hold["decided_by"] == decision.by}
    if len(applied_by) == 1 and {hold["status"] for hold in decided} == {"approved"}:
        (ours,) = applied_by
        for step in ("audit", "report"):
            roster.perform(step, ours)
    else:
        ours = approval.approve(run_id, decision)[-1].run_id
    ended = runs.load(ours)
    if ended.status != "applied":
        raise RollbookError(
            f"run {ours}, which applies the approved changes, ended as {ended.status}", fix="see the run's report"
        )
    return ours


def _reject(run_id: int, decision: Decision) -> None:
    from pipelines import runs
    from pipelines.review import holds

    try:
        rejected = holds.reject(runs.load(run_id), decision)
    except StalePlan as error:  # the person wanted these holds gone, and they are gone
        log.info("reject: %s", error)
        return
    log.info("reject: %d holds of run %d are discarded", len(rejected), run_id)


def _open(run_id: int) -> list[dict[str, Any]]:
    return [hold for hold in _holds(run_id) if hold["status"] == "open"]


def _holds(run_id: int) -> list[dict[str, Any]]:
    from pipelines import runs
    from pipelines.review import holds

    return holds.of_run(runs.load(run_id))
