"""A request is stored unchanged, and the facts that SQL needs are in columns."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy
from pydantic import ValidationError

from pipelines import runs
from pipelines.runs.request import (
    ApprovalRequest,
    Decision,
    ExportRequest,
    NightRequest,
    ReplayRequest,
    Request,
    Scope,
    UndoRequest,
)
from tests import warehouse as postgresql
from tests.town import FIRST

OF: dict[str, Any] = {"district_id": "springfield", "as_of": FIRST, "dag_run": "a_dag/a_run"}
SHE = Decision("the registrar", "it is meant", holds=(1, 2), digest="d1-d2")


@pytest.mark.parametrize(
    ("asked", "kind", "reverts", "approves"),
    [
        (NightRequest(**OF, path="by/hand.csv", scheduled=True), "roster", None, None),
        (ReplayRequest(**OF, scope=Scope(term="T1")), "roster", None, None),
        (UndoRequest(**OF, reverts=3, by="the registrar"), "roster", 3, None),
        (UndoRequest(**OF, reverts=3, by="the registrar"), "gradebook", 3, None),
        (ApprovalRequest(**OF, run_id=4, decision=SHE, scope=Scope(schools=("0101",))), "roster", None, 4),
        (ExportRequest(**OF, classes=("A",), plan_only=True), "gradebook", None, None),
    ],
    ids=lambda value: getattr(value, "kind", str(value)),
)
def test_a_request_is_stored_unchanged_and_its_facts_are_in_columns(
    warehouse: str, asked: Request, kind: str, reverts: int | None, approves: int | None
) -> None:
    found = runs.load(runs.start(asked, kind))
    assert (found.request, found.reverts, found.approves) == (asked, reverts, approves)
    stored = postgresql.ask(warehouse, "select intent, reverts, approves, dag_run from runs.runs")
    assert stored == [(asked.kind, reverts, approves, "a_dag/a_run")]
    (listed,) = runs.recent("springfield")
    act = asked.kind if asked.kind in {"undo", "approval"} else None
    assert (listed["act"], listed["of_run"]) == (act, reverts or approves)


def test_an_export_request_can_not_be_a_roster_run(warehouse: str) -> None:
    with pytest.raises(sqlalchemy.exc.IntegrityError):
        runs.start(ExportRequest(**OF), "roster")


def test_a_key_of_another_kind_of_request_is_refused() -> None:
    for key in ({"path": "by/hand.csv"}, {"reverts": 3}, {"classes": ("A",)}):
        with pytest.raises(ValidationError, match="Extra inputs"):
            ReplayRequest.model_validate(OF | key)
