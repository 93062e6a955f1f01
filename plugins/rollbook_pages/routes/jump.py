"""From a DAG, a DAG run or a task in Airflow to the page that tells of it."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from pipelines.pages import imports
from pipelines.settings import district_ids
from rollbook_pages.guard import SignedIn
from rollbook_pages.render import link, page

router = APIRouter()

# The page of a run that tells of a step; of the others tells the run's own.
_OF_STEP = {
    "extract": "",
    "validate": "/validations",
    "stage": "/validations",
    "plan": "/plan",
    "review": "/holds",
    "ask": "/holds",
    "merge": "/plan",
}


@router.get("/at")
def at(request: Request, user: SignedIn, dag_id: str, dag_run_id: str = "", task_id: str = "") -> Response:
    """Lead on; whether the person may see that page is asked there. Of a DAG that is not ours, say so."""
    family, _, district_id = dag_id.partition("__")
    if district_id not in district_ids():
        return page(request, "not_ours.html", user, dag_id=dag_id)
    where = f"/{district_id}"
    if family == "roster_holds":
        return RedirectResponse(link(f"{where}/holds"), 303)
    if family == "import_watch":
        return RedirectResponse(link(f"{where}/imports"), 303)
    run_id = imports.run_of(district_id, dag_id, dag_run_id) if dag_run_id else None
    if run_id is None:
        return RedirectResponse(link(f"{where}/grades" if family == "gradebook_export" else where), 303)
    if family == "gradebook_export":
        return RedirectResponse(link(f"{where}/runs/{run_id}/grades"), 303)
    return RedirectResponse(link(f"{where}/runs/{run_id}{_OF_STEP.get(task_id, '')}"), 303)
