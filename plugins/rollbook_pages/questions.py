"""Approval requests in Airflow's Required Actions, read and answered through Airflow's API with the person's rights.

The calls stay within this process: this module calls Airflow's application as a browser would. So Airflow itself
decides who may respond and records who did, and nobody responds in another person's name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from anyio import from_thread
from fastapi import HTTPException, Request

APPLICATION = "rollbook.airflow"  # the key of Airflow's own application in a request's scope
_WAITING: dict[str, str | int] = {"state": "awaiting_input", "response_received": "false", "limit": 100}


@dataclass(frozen=True)
class Question:
    """An open approval request: its DAG run, the run it is about, and the digest of each hold it shows."""

    dag_id: str
    dag_run_id: str
    run_id: int
    digests: dict[str, str]


def waiting(request: Request, dag_id: str) -> list[Question]:
    """Return a DAG's approval requests that have no response yet."""
    return from_thread.run(_waiting, request, dag_id)


def answer(request: Request, question: Question, option: str, why: str, holds: Sequence[int]) -> None:
    """Respond to an approval request in the name of whoever sent `request`.

    Raises HTTPException with Airflow's refusal.
    """
    path = f"/api/v2/dags/{question.dag_id}/dagRuns/{question.dag_run_id}/taskInstances/decide/-1/hitlDetails"
    form = {"why": why or None, "holds": [str(number) for number in holds] or None}
    from_thread.run(_send, request, "PATCH", path, {"chosen_options": [option], "params_input": form})


def begin(request: Request, dag_id: str, conf: dict[str, Any]) -> None:
    """Trigger a DAG run. Raises HTTPException with Airflow's refusal."""
    from_thread.run(_send, request, "POST", f"/api/v2/dags/{dag_id}/dagRuns", {"logical_date": None, "conf": conf})


async def _waiting(request: Request, dag_id: str) -> list[Question]:
    async with _airflow(request) as airflow:
        found = await airflow.get(f"/api/v2/dags/{dag_id}/dagRuns/~/hitlDetails", params=_WAITING)
        if found.status_code in {403, 404}:  # no such DAG, or no right on Required Actions: no request to show
            return []
        return [
            await _question(airflow, dag_id, one["task_instance"]["dag_run_id"]) for one in _json(found)["hitl_details"]
        ]


async def _send(request: Request, method: str, path: str, body: dict[str, Any]) -> None:
    async with _airflow(request) as airflow:
        _json(await airflow.request(method, path, json=body))


async def _question(airflow: httpx.AsyncClient, dag_id: str, dag_run_id: str) -> Question:
    path = f"/api/v2/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/brief/xcomEntries/return_value"
    request_facts = _json(await airflow.get(path, params={"deserialize": "false", "stringify": "false"}))["value"]
    return Question(dag_id, dag_run_id, request_facts["run_id"], dict(request_facts["digests"]))


def _airflow(request: Request) -> httpx.AsyncClient:
    """Return a client of Airflow's own application that sends this request's credentials and no others."""
    carried = {name: request.headers[name] for name in ("authorization", "cookie") if name in request.headers}
    transport = httpx.ASGITransport(app=request.scope[APPLICATION], raise_app_exceptions=False)
    return httpx.AsyncClient(
        transport=transport, base_url=str(request.base_url.replace(path="")), headers=carried, timeout=60
    )


def _json(response: httpx.Response) -> Any:
    if response.is_error:
        is_json = "json" in response.headers.get("content-type", "")
        detail = response.json().get("detail") if is_json else response.reason_phrase
        raise HTTPException(response.status_code, f"Airflow: {detail}")
    return response.json()
