"""Every route has one access rule, and a route without a rule is found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.page_routes import breaches, pages  # isort: skip - it gives Airflow a home before anything imports it

from airflow.api_fastapi.core_api.security import requires_authenticated
from fastapi import APIRouter, Depends, FastAPI
from rollbook_pages import guard
from rollbook_pages.app import app


def test_every_route_has_one_rule_and_every_form_a_rule_with_a_token() -> None:
    rules = {page.rule for page in pages()}
    assert rules == {rule.__name__ for rule in guard.RULES}  # and no rule is there for nothing
    assert breaches(app) == []


def nothing() -> None:
    """Answer nothing, as a page would."""


def without_rule(site: FastAPI) -> None:
    site.get("/new")(nothing)


def in_a_router(site: FastAPI) -> None:
    router = APIRouter()
    router.get("/new")(nothing)
    site.include_router(router, prefix="/more")


def mounted(site: FastAPI) -> None:
    site.mount("/files", FastAPI(openapi_url=None))


def with_two_rules(site: FastAPI) -> None:
    site.get("/{district_id}", dependencies=[Depends(guard.reads), Depends(guard.sees_people)])(nothing)


def form_without_token(site: FastAPI) -> None:
    site.post("/{district_id}", dependencies=[Depends(guard.sees_people)])(nothing)


def read_by_form(site: FastAPI) -> None:
    site.get("/{district_id}", dependencies=[Depends(guard.decides)])(nothing)


def put(site: FastAPI) -> None:
    site.put("/{district_id}", dependencies=[Depends(guard.decides)])(nothing)


def either_way(site: FastAPI) -> None:
    site.api_route("/{district_id}", methods=["GET", "POST"], dependencies=[Depends(guard.reads)])(nothing)


def district_for_anybody(site: FastAPI) -> None:
    site.get("/{district_id}", dependencies=[Depends(guard.signed_in)])(nothing)


def socket(site: FastAPI) -> None:
    site.websocket("/live")(nothing)


@pytest.mark.parametrize(
    ("add", "said"),
    [
        (without_rule, "/new: has 0 rules"),
        (in_a_router, "/more/new: has 0 rules"),
        (mounted, "/files: is no page"),
        (with_two_rules, "/{district_id}: has 2 rules"),
        (form_without_token, "/{district_id}: is a POST whose rule is ['sees_people']"),
        (read_by_form, "/{district_id}: is a GET whose rule is ['decides']"),
        (put, "/{district_id}: answers PUT"),
        (either_way, "/{district_id}: answers GET,POST"),
        (district_for_anybody, "/{district_id}: is a district's, and asks for no right on it"),
        (socket, "/live: is no page"),
    ],
)
def test_a_missing_or_wrong_rule_is_found(add: Callable[[FastAPI], Any], said: str) -> None:
    site = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, dependencies=[Depends(requires_authenticated())])
    assert breaches(site) == []
    add(site)
    assert said in breaches(site)


def test_public_routes_are_found() -> None:
    site = FastAPI()
    site.get("/", dependencies=[Depends(guard.signed_in)])(nothing)
    found = breaches(site)
    assert "openapi_url is public without a login" in found
    assert "docs_url is public without a login" in found
    assert "/openapi.json: is no page" in found
    assert "/: is open to those whom Airflow does not know" in found
