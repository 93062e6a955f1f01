"""Holds of a district or a run that need approval; a person approves or rejects them with a reason, through Airflow."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, HTTPException, Response

from pipelines import runs
from pipelines.review import holds
from rollbook_pages import guard, questions
from rollbook_pages.guard import Decides, Reads
from rollbook_pages.here import Here
from rollbook_pages.questions import Question

router = APIRouter()


@router.get("/{district_id}/holds")
def waiting(here: Reads) -> Response:
    """Return the runs that have open holds."""
    found = [one | {"run": runs.load(one["run_id"])} for one in holds.waiting(here.district_id)]
    return here.page("waiting.html", waiting=found)


@router.get("/{district_id}/runs/{run_id}/holds")
def of_run(here: Reads, run_id: int, done: str = "", of: str = "") -> Response:
    """Return the holds of a run. Once the approval request is open, those who may decide get a form."""
    run = here.run(run_id)
    found = holds.of_run(run)
    is_open = any(one["status"] == "open" for one in found)
    may_decide = is_open and guard.may_start(here, guard.QUESTIONS)
    asked = _question(here, run_id) if may_decide else None
    facts = {"holds": found, "is_open": is_open, "may_decide": may_decide, "asked": asked}
    facts["done"] = done if not of or _is_still_open(found, of) else ""  # else each hold shows its own result
    return here.page("holds.html", run=run, may_see=guard.may_see_people(here), **facts)


@router.post("/{district_id}/runs/{run_id}/holds")
def decide(
    here: Decides,
    run_id: int,
    choice: Annotated[Literal["Approve", "Reject"], Form()],
    seen: Annotated[list[str], Form()],
    hold: Annotated[list[int] | None, Form()] = None,
    why: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Respond to the open approval request, exactly about what the person saw.

    If the open holds have changed since, or no hold was chosen, raise HTTPException 409.
    """
    open_now = [one for one in holds.of_run(here.run(run_id)) if one["status"] == "open"]
    now = {str(one["hold_n"]): one["digest"] for one in open_now}
    asked = _question(here, run_id)
    if asked is None or asked.digests != now or sorted(seen) != sorted(f"{n}:{digest}" for n, digest in now.items()):
        raise HTTPException(409, "STALE_PLAN: the open holds are not those that you saw; load the page again")
    if not hold:
        raise HTTPException(409, "no hold was chosen; go back and tick at least one hold")
    questions.answer(here.request, asked, choice, why, hold if len(hold) < len(now) else ())
    return here.lead(f"/runs/{run_id}/holds", done=choice.lower(), of=",".join(map(str, sorted(hold))))


@router.post("/{district_id}/runs/{run_id}/question")
def ask(here: Decides, run_id: int) -> Response:
    """Start the approval request of a run that has none, because the command line synced it."""
    if holds.is_open(here.run(run_id)) and _question(here, run_id) is None:
        questions.begin(here.request, f"{guard.QUESTIONS}__{here.district_id}", {"run": run_id})
    return here.lead(f"/runs/{run_id}/holds", done="asked")


def _is_still_open(found: list[dict[str, Any]], of: str) -> bool:
    return any(one["status"] == "open" and str(one["hold_n"]) in of.split(",") for one in found)


def _question(here: Here, run_id: int) -> Question | None:
    waiting = questions.waiting(here.request, f"{guard.QUESTIONS}__{here.district_id}")
    return next((one for one in waiting if one.run_id == run_id), None)
