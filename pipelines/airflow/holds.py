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
LOOK_AGAIN = timedelta(hours=1)
_SOON = timedelta(seconds=1)

_HEADER = ("hold", "school", "what", "change", "planned", "active", "allowed")
_BODY = """
The night of **{as_of}** is applied, but for what is beyond the limits of `config/districts/{district_id}.yaml`:

{table}
**Approve** applies exactly these changes, as a run of its own that can be undone (`rollbook undo`). **Reject** discards
them, and the roster stays as it is. Unanswered they expire on {expires}, and nothing is applied. A newer night takes
this question's place.

{page}The changes, row by row and by our ids: `rollbook plan show --run {run_id}`. The night's counts:
`rollbook report --run {run_id}`. What to look for: `docs/runbook.md#hold_required`.
"""


def ask(district_id: str, told_by: str, context: Mapping[str, Any]) -> None:
    """Send the asset event that requests approval of what the run of the task `told_by` holds.

    Raises AirflowSkipException when no hold is open.
    """
    run_id = context["ti"].xcom_pull(task_ids=told_by, key="run_id")
    waiting = translation.translate_errors(lambda: _open(run_id)) if run_id else []
    if not waiting:
        raise AirflowSkipException("nothing waits for a person")
    told = {"run_id": run_id, "holds": len(waiting), "changes": sum(hold["planned"] for hold in waiting)}
    context["outlet_events"][Asset(f"rollbook://{district_id}/holds")].extra = told
    log.info("ask: %d changes in %d parts wait for a person", told["changes"], told["holds"])


def brief(district_id: str, context: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a person has to see: subject, table, the digest of each hold.

    Raises AirflowSkipException when no hold is open any more.
    """
    told = translation.translate_errors(lambda: _told(load_district(district_id), context))
    if told is None:
        raise AirflowSkipException("nothing waits for a person any more")
    context["ti"].xcom_push(key="run_id", value=told["run_id"])
    return told


def apply(district_id: str, context: Mapping[str, Any]) -> None:
    """Carry out the approval response: apply exactly what the person saw, or discard it.

    Raises AirflowSkipException after a rejection, which leaves the roster as it is.
    """
    answer, told = (context["ti"].xcom_pull(task_ids=task_id) for task_id in ("decide", "brief"))
    translation.translate_errors(lambda: _forget(context))
    decision = translation.translate_errors(lambda: _decision(answer, told))
    if answer["chosen_options"] == [REJECT]:
        translation.translate_errors(lambda: _reject(told["run_id"], decision))
        raise AirflowSkipException("rejected: the roster is as it was")
    if answer["chosen_options"] != [APPROVE]:
        raise AirflowFailException("nothing was chosen: clear `decide` to be asked again")
    bridge.acquire_lease(district_id, context)
    applied_by = translation.translate_errors(lambda: _approve(told["run_id"], decision))
    log.info("approved: applied as run %d", applied_by)
    told_on = {"as_of": told["as_of"], "run_id": applied_by}
    context["outlet_events"][Asset(f"rollbook://{district_id}/roster")].extra = told_on


class Decide(HITLOperator):
    """The approval request. While it waits it holds no worker; once an hour it checks whether it still has to wait."""

    template_fields: Collection[str] = ("subject", "body")

    def execute(self, context: Any) -> Any:
        """Send the approval request and wait, at most until the next check.

        If the response is already stored and Airflow missed it, return that response.
        """
        known = translation.translate_errors(lambda: _known(context))
        if known:
            return known
        self.response_timeout = self._until_next_look(context)
        return super().execute(context)

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        """Return the approval response. If the wait ended only for a check, raise TaskAwaitingInput to wait on.

        A response by REST may leave out fields of the form; such a field becomes None.
        """
        if event.get("error_type") == "timeout":
            raise TaskAwaitingInput(method_name="execute_complete", timeout=self._until_next_look(context))
        if "error" not in event:
            event["params_input"] = dict.fromkeys(self.params) | (event["params_input"] or {})
        answer = super().execute_complete(context, event)
        translation.translate_errors(lambda: _keep(context, answer))
        return answer

    def _until_next_look(self, context: Any) -> timedelta:
        """Return how long to wait for the next check.

        Raises AirflowSkipException when the open holds are no longer exactly those of the approval request.
        """
        told = context["ti"].xcom_pull(task_ids="brief")
        held = translation.translate_errors(lambda: _holds(told["run_id"]))
        waiting = {str(hold["hold_n"]): hold for hold in held if hold["status"] == "open"}
        if {number: hold["digest"] for number, hold in waiting.items()} != told["digests"]:
            over = sorted({hold["status"] for hold in held} - {"open"})
            raise AirflowSkipException(f"not asked any more: {', '.join(over)}; nothing was applied from here")
        left: timedelta = min(hold["expires_at"] for hold in waiting.values()) - datetime.now(UTC)
        return min(LOOK_AGAIN, max(left, _SOON))


def _known(context: Mapping[str, Any]) -> dict[str, Any] | None:
    from pipelines.operations import approval_responses as answers

    answer = answers.kept(_district_of(context), bridge.dag_run_of(context))
    if answer:
        log.info("the question was answered already")
    return answer


def _keep(context: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
    from pipelines.operations import approval_responses as answers

    answers.keep(_district_of(context), bridge.dag_run_of(context), answer)


def _forget(context: Mapping[str, Any]) -> None:
    from pipelines.operations import approval_responses as answers

    answers.forget(_district_of(context), bridge.dag_run_of(context))


def _district_of(context: Mapping[str, Any]) -> str:
    return str(context["ti"].dag_id).partition("__")[2]


def _told(district: District, context: Mapping[str, Any]) -> dict[str, Any] | None:
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
        "subject": f"{district.name}: {changes:,} changes beyond the limits wait, night of {run.as_of}",
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
            raise SettingsInvalid(f"run {run_id} is another district's", fix="see: rollbook runs")
        return run_id
    events = (context.get("triggering_asset_events") or {}).values()
    asked = [int(event.extra["run_id"]) for told in events for event in told]
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
    told = {"as_of": run.as_of, "run_id": run.run_id, "district_id": district.district_id, "table": table}
    told["page"] = (
        f"[See them row by row, old and new]({page}), if you may see whom they are about.\n\n" if page else ""
    )
    return _BODY.format(**told, expires=f"{expires:%Y-%m-%d %H:%M} ({district.timezone})").strip()


def _limit(hold: Mapping[str, Any]) -> tuple[str, str]:
    if hold["kind"] != "limit":  # an id that seems to have changed needs approval however few changes there are
        return "", ""
    return f"{hold['active']:,}", f"{hold['allowed']:,}"


def _decision(answer: Mapping[str, Any], told: Mapping[str, Any]) -> Decision:
    """Return who responded, why and about which holds. The digest is that of the holds that were shown.

    Raises SettingsInvalid when the response names a hold that the request did not show.
    """
    from pipelines.runs.request import Decision

    given = answer["params_input"] or {}
    chosen = [str(number).strip() for number in given.get("holds") or told["digests"]]
    unknown = [number for number in chosen if number not in told["digests"]]
    if unknown:
        raise SettingsInvalid(
            f"{len(unknown)} of the numbers are of no hold that was asked about", fix="clear `decide` and answer again"
        )
    who = answer["responded_by_user"] or {}
    return Decision(
        by=str(who.get("name") or who.get("id") or "airflow"),
        why=given.get("why") or "",
        holds=tuple(sorted(map(int, chosen))),
        digest="-".join(told["digests"][str(number)] for number in sorted(map(int, chosen))),
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
        raise RollbookError(f"run {ours}, which was to apply it, ended as {ended.status}", fix="see its report")
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
