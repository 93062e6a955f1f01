"""What waits for a person: of a district, of a run; approved or rejected with a reason, through Airflow."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from pipelines import holds, runs
from rollbook_pages import guard, questions
from rollbook_pages.guard import Decides, Reads
from rollbook_pages.questions import Question
from rollbook_pages.render import link, page
from rollbook_pages.routes.districts import name_of, run_in

router = APIRouter()


@router.get("/{district_id}/holds")
def waiting(request: Request, user: Reads, district_id: str) -> Response:
    """Give the runs of which a part waits, and those decided lately."""
    told = {"waiting": [one | {"night": runs.load(one["run_id"])} for one in holds.waiting(district_id)]}
    return page(request, "waiting.html", user, district_id=district_id, name=name_of(district_id), **told)


@router.get("/{district_id}/runs/{run_id}/holds")
def of_run(request: Request, user: Reads, district_id: str, run_id: int, done: str = "") -> Response:
    """Give the holds of a run; with a form for those who may decide, once the question is asked."""
    night = run_in(district_id, run_id)
    found = holds.of_run(night)
    is_open = any(one["status"] == "open" for one in found)
    may_decide = is_open and guard.may_decide(request, user, district_id)
    asked = _question(request, district_id, run_id) if may_decide else None
    told = {"holds": found, "is_open": is_open, "may_decide": may_decide, "asked": asked, "done": done}
    told |= {"may_see": guard.may_see_people(request, user, district_id)}
    return page(request, "holds.html", user, district_id=district_id, name=name_of(district_id), night=night, **told)


@router.post("/{district_id}/runs/{run_id}/holds")
def decide(
    request: Request,
    _user: Decides,
    district_id: str,
    run_id: int,
    choice: Annotated[Literal["Approve", "Reject"], Form()],
    seen: Annotated[list[str], Form()],
    hold: Annotated[list[int], Form()] = [],  # noqa: B006 - FastAPI copies it
    why: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Answer the question that waits, exactly about what was seen."""
    night = run_in(district_id, run_id)
    digests = dict(one.split(":", 1) for one in seen)
    now = {str(one["hold_n"]): one["digest"] for one in holds.of_run(night) if one["status"] == "open"}
    asked = _question(request, district_id, run_id)
    if asked is None or digests != now or asked.digests != now:
        raise HTTPException(409, "STALE_PLAN: what waits is not what you saw; load the page again")
    if not hold:
        raise HTTPException(409, "no hold was chosen; go back and tick those that you mean")
    questions.answer(request, asked, choice, why, hold if len(hold) < len(now) else ())
    return RedirectResponse(link(f"/{district_id}/runs/{run_id}/holds", done=choice.lower()), 303)


@router.post("/{district_id}/runs/{run_id}/question")
def ask(request: Request, _user: Decides, district_id: str, run_id: int) -> Response:
    """Let Airflow ask about a run whose question is not asked: one that was synced by the command line."""
    night = run_in(district_id, run_id)
    if holds.is_open(night) and _question(request, district_id, run_id) is None:
        questions.begin(request, f"roster_holds__{district_id}", {"run": run_id})
    return RedirectResponse(link(f"/{district_id}/runs/{run_id}/holds", done="asked"), 303)


def _question(request: Request, district_id: str, run_id: int) -> Question | None:
    return next((one for one in questions.waiting(request, district_id) if one.run_id == run_id), None)
