"""The routes of the pages for tests: each with its rule, so that a new page is tested without being listed."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.airflow_home import PROJECT  # noqa: F401  # isort: skip - before anything of Airflow

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute


@dataclass(frozen=True)
class PageRoute:
    """A page: its address and its rule; `texts` and `needs` are its query's optional and required parameters."""

    method: str
    path: str
    rule: str
    texts: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    @property
    def of_district(self) -> bool:
        """Return whether the page's rule requires rights on a district."""
        return "{district_id}" in self.path


def pages() -> list[PageRoute]:
    """Return every page of the plugin."""
    from rollbook_pages.app import app

    found = [_page(route) for route in app.routes if isinstance(route, APIRoute)]
    assert len(found) > 15
    return found


def breaches(app: FastAPI) -> list[str]:
    """Return what is wrong with the rules of an application's routes, in sentences."""
    found = [
        f"{field} is public without a login"
        for field in ("openapi_url", "docs_url", "redoc_url")
        if getattr(app, field)
    ]
    for route in app.routes:
        where = getattr(route, "path", repr(route))
        # A mount, too: whatever is behind it, nobody would ask for rights there.
        found += [f"{where}: {fault}" for fault in (_faults(route) if isinstance(route, APIRoute) else ["is no page"])]
    return found


def _faults(route: APIRoute) -> Iterator[str]:
    rules, method = _rules(route.dependant), ",".join(sorted(route.methods))
    if method not in {"GET", "POST"}:
        yield f"answers {method}"
    if len(rules) != 1:
        yield f"has {len(rules)} rules"
    if any(by_form(rule) for rule in rules) != (method == "POST"):
        yield f"is a {method} whose rule is {[rule.__name__ for rule in rules]}"
    if "{district_id}" in route.path and any("district_id" not in inspect.signature(rule).parameters for rule in rules):
        yield "is a district's, and asks for no right on it"
    if not any(_call(one).startswith("requires_authenticated") for one in _all(route.dependant)):
        yield "is open to those whom Airflow does not know"


def by_form(rule: Any) -> bool:
    """Return whether a rule requires the token of a form."""
    return "token" in inspect.signature(rule).parameters


def _page(route: APIRoute) -> PageRoute:
    (rule,) = _rules(route.dependant)
    asked = [field for one in _all(route.dependant) for field in one.query_params]
    needs = tuple(field.alias for field in asked if field.field_info.is_required())
    texts = tuple(field.alias for field in asked if field.field_info.annotation is str)
    (method,) = route.methods
    return PageRoute(method, route.path, rule.__name__, texts, needs)


def _rules(dependant: Dependant) -> list[Any]:
    from rollbook_pages.guard import RULES

    return [one.call for one in _all(dependant) if one.call in RULES]


def _all(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for one in dependant.dependencies:
        yield from _all(one)


def _call(dependant: Dependant) -> str:
    return getattr(dependant.call, "__qualname__", "")
