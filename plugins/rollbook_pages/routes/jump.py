"""The redirect from a DAG, a DAG run or a task in Airflow to the page about it."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from pipelines.operations.pages import imports
from pipelines.settings import district_ids
from rollbook_pages import guard
from rollbook_pages.guard import SignedIn
from rollbook_pages.render import link

router = APIRouter()

# The page of a run that describes a step; the run's own page describes the other steps.
_OF_STEP = {
    "validate": "/validations",
    "stage": "/validations",
    "plan": "/plan",
    "review": "/holds",
    "ask": "/holds",
    "merge": "/plan",
}
# The page for each family of DAGs, if the DAG run began no run of Rollbook.
_OF_FAMILY = {
    "roster_holds": "/holds",
    "import_watch": "/imports",
    "district_check": "/check",
    "gradebook_export": "/grades",
}


@router.get("/at")
def at(here: SignedIn, dag_id: str, dag_run_id: str = "", task_id: str = "") -> Response:
    """Redirect to the page.

    If the DAG is not Rollbook's, or this person may not see its district, show the same page, which reveals nothing.
    """
    family, _, district_id = dag_id.partition("__")
    if district_id not in district_ids() or not guard.may_read(here, district_id):
        return here.page("not_ours.html", dag_id=dag_id)
    where = f"/{district_id}"
    run_id = imports.run_of(district_id, dag_id, dag_run_id) if dag_run_id else None
    if run_id is None:
        where += _OF_FAMILY.get(family, "")
    elif family == "gradebook_export":
        where += f"/runs/{run_id}/grades"
    else:
        where += f"/runs/{run_id}{_OF_STEP.get(task_id, '')}"
    return RedirectResponse(link(where), 303)
