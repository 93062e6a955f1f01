"""Who may: every route has one of these rules, and a test lists them all.

`signed_in`   whoever Airflow knows
`reads`       counts of a district: who may read runs of its nightly DAG
`sees_people` rows that name people: who may also start such runs, and so has the district's data in hand anyway
`decides`     answers what waits: who may start runs of the DAG that asks, by a form of ours
`checks`      lets the self-check run: who may start it, by a form of ours

Airflow's auth manager answers; on SimpleAuthManager that is by role, on FAB also by DAG.
"""

from __future__ import annotations

from typing import Annotated

from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_dag
from fastapi import Depends, Form, HTTPException, Path, Request

from rollbook_pages.forms import refuse_foreign
from rollbook_pages.here import Here

NIGHTS, QUESTIONS, CHECKS = "roster_nightly", "roster_holds", "district_check"  # families of DAGs, one DAG per district

_DistrictId = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{1,62}$")]
_Token = Annotated[str, Form()]


def signed_in(request: Request, user: GetUserDep) -> Here:
    """Whoever is signed in to Airflow; else 401."""
    return Here(request, user)


def reads(request: Request, user: GetUserDep, district_id: _DistrictId) -> Here:
    """Who may read the district's nights; else 403."""
    here = Here(request, user, district_id)
    _require(here, "GET", NIGHTS)
    return here


def sees_people(request: Request, user: GetUserDep, district_id: _DistrictId) -> Here:
    """Who may read and start the district's nights; else 403."""
    here = reads(request, user, district_id)
    _require(here, "POST", NIGHTS)
    return here


def decides(request: Request, user: GetUserDep, district_id: _DistrictId, token: _Token = "") -> Here:
    """Who may start the district's questions, by a form that this person was given; else 403."""
    return _sends(request, user, district_id, token, QUESTIONS)


def checks(request: Request, user: GetUserDep, district_id: _DistrictId, token: _Token = "") -> Here:
    """Who may start the district's self-check, by a form that this person was given; else 403."""
    return _sends(request, user, district_id, token, CHECKS)


def may_read(here: Here, district_id: str) -> bool:
    """Whether a district is among those this person is shown."""
    return _may(Here(here.request, here.user, district_id), "GET", NIGHTS)


def may_start(here: Here, family: str) -> bool:
    """Whether a page offers this person what needs the right to start the district's DAG of a family."""
    return _may(here, "POST", family)


def may_see_people(here: Here) -> bool:
    """Whether a page leads this person to rows that name people."""
    return may_start(here, NIGHTS)


def _sends(request: Request, user: BaseUser, district_id: str, token: str, family: str) -> Here:
    refuse_foreign(request, user, token)
    here = reads(request, user, district_id)
    _require(here, "POST", family)
    return here


def _may(here: Here, method: str, family: str) -> bool:
    try:
        _require(here, method, family)
    except HTTPException:
        return False
    return True


def _require(here: Here, method: str, family: str) -> None:
    """Airflow's own check of a right on a DAG's runs, teams included. Raises HTTPException 403."""
    allowed = requires_access_dag(method, DagAccessEntity.RUN, f"{family}__{here.district_id}")  # type: ignore[arg-type]
    allowed(here.request, here.user)


RULES = (signed_in, reads, sees_people, decides, checks)
SignedIn = Annotated[Here, Depends(signed_in)]
Reads = Annotated[Here, Depends(reads)]
SeesPeople = Annotated[Here, Depends(sees_people)]
Decides = Annotated[Here, Depends(decides)]
Checks = Annotated[Here, Depends(checks)]
