"""The access rules: every route has one of them, and a test lists them all.

`signed_in`   any page: for whoever is signed in to Airflow
`reads`       counts of a district: for those who may read runs of its nightly DAG
`sees_people` rows that name people: for those who may also start such runs, and so can read the district's data anyway
`decides`     responses to approval requests: for those who may start runs of the requesting DAG, by our form
`checks`      a run of the self-check: for those who may start its DAG, by our form

Airflow's auth manager decides; SimpleAuthManager decides by role, FAB also by DAG.
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
    """Return the request of whoever is signed in to Airflow; else 401."""
    return Here(request, user)


def reads(request: Request, user: GetUserDep, district_id: _DistrictId) -> Here:
    """Return the request of a person who may read the district's nights; else 403."""
    here = Here(request, user, district_id)
    _require(here, "GET", NIGHTS)
    return here


def sees_people(request: Request, user: GetUserDep, district_id: _DistrictId) -> Here:
    """Return the request of a person who may read and start the district's nights; else 403."""
    here = reads(request, user, district_id)
    _require(here, "POST", NIGHTS)
    return here


def decides(request: Request, user: GetUserDep, district_id: _DistrictId, token: _Token = "") -> Here:
    """Return the request of a person who may start approval requests, by a form given to this person; else 403."""
    return _sends(request, user, district_id, token, QUESTIONS)


def checks(request: Request, user: GetUserDep, district_id: _DistrictId, token: _Token = "") -> Here:
    """Return the request of a person who may start the self-check, by a form given to this person; else 403."""
    return _sends(request, user, district_id, token, CHECKS)


def may_read(here: Here, district_id: str) -> bool:
    """Return whether this person may read a district's nights."""
    return _may(Here(here.request, here.user, district_id), "GET", NIGHTS)


def may_start(here: Here, family: str) -> bool:
    """Return whether this person may start the district's DAG of a family; a page offers its forms by this."""
    return _may(here, "POST", family)


def may_see_people(here: Here) -> bool:
    """Return whether a page links this person to rows that name people."""
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
    """Apply Airflow's own check of a right on a DAG's runs, teams included. Raises HTTPException 403."""
    allowed = requires_access_dag(method, DagAccessEntity.RUN, f"{family}__{here.district_id}")  # type: ignore[arg-type]
    allowed(here.request, here.user)


RULES = (signed_in, reads, sees_people, decides, checks)
SignedIn = Annotated[Here, Depends(signed_in)]
Reads = Annotated[Here, Depends(reads)]
SeesPeople = Annotated[Here, Depends(sees_people)]
Decides = Annotated[Here, Depends(decides)]
Checks = Annotated[Here, Depends(checks)]
