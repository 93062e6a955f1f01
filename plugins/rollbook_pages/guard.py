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

_DISTRICT = Path(pattern=r"^[a-z][a-z0-9_]{1,62}$")


def signed_in(user: GetUserDep) -> BaseUser:
    """Whoever is signed in to Airflow; else 401."""
    return user


def reads(request: Request, user: GetUserDep, district_id: Annotated[str, _DISTRICT]) -> BaseUser:
    """Who may read the district's nights; else 403."""
    _require(request, user, "GET", f"roster_nightly__{district_id}")
    return user


def sees_people(request: Request, user: GetUserDep, district_id: Annotated[str, _DISTRICT]) -> BaseUser:
    """Who may read and start the district's nights; else 403."""
    reads(request, user, district_id)
    _require(request, user, "POST", f"roster_nightly__{district_id}")
    return user


def decides(
    request: Request, user: GetUserDep, district_id: Annotated[str, _DISTRICT], token: Annotated[str, Form()] = ""
) -> BaseUser:
    """Who may start the district's questions, by a form that this person was given; else 403."""
    refuse_foreign(request, user, token)
    reads(request, user, district_id)
    _require(request, user, "POST", f"roster_holds__{district_id}")
    return user


def checks(
    request: Request, user: GetUserDep, district_id: Annotated[str, _DISTRICT], token: Annotated[str, Form()] = ""
) -> BaseUser:
    """Who may start the district's self-check, by a form that this person was given; else 403."""
    refuse_foreign(request, user, token)
    reads(request, user, district_id)
    _require(request, user, "POST", f"district_check__{district_id}")
    return user


def may_see_people(request: Request, user: BaseUser, district_id: str) -> bool:
    """Whether a page may lead this person to rows that name people."""
    return _may(request, user, "POST", f"roster_nightly__{district_id}")


def may_decide(request: Request, user: BaseUser, district_id: str) -> bool:
    """Whether a page offers this person to decide."""
    return _may(request, user, "POST", f"roster_holds__{district_id}")


def may_check(request: Request, user: BaseUser, district_id: str) -> bool:
    """Whether a page offers this person to check."""
    return _may(request, user, "POST", f"district_check__{district_id}")


def may_read(request: Request, user: BaseUser, district_id: str) -> bool:
    """Whether the district is among those this person is shown."""
    return _may(request, user, "GET", f"roster_nightly__{district_id}")


def _may(request: Request, user: BaseUser, method: str, dag_id: str) -> bool:
    try:
        _require(request, user, method, dag_id)
    except HTTPException:
        return False
    return True


def _require(request: Request, user: BaseUser, method: str, dag_id: str) -> None:
    """Airflow's own check of a right on a DAG's runs, teams included. Raises HTTPException 403."""
    requires_access_dag(method, DagAccessEntity.RUN, dag_id)(request, user)  # type: ignore[arg-type]


RULES = (signed_in, reads, sees_people, decides, checks)
SignedIn, Reads, SeesPeople, Decides, Checks = (Annotated[BaseUser, Depends(rule)] for rule in RULES)

__all__ = ["RULES", "Checks", "Decides", "Reads", "SeesPeople", "SignedIn", "may_check", "may_decide", "may_read", "may_see_people"]
