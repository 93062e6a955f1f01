"""Notes on runs and tasks: counts and codes beside a person's text. A failed note does not affect a run."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

import tests.airflow_home  # isort: skip  # noqa: F401 - before anything of Airflow

from airflow.sdk.exceptions import AirflowFailException

from pipelines.airflow import translation
from pipelines.airflow.notes import CONNECTION, note_failure, note_night
from pipelines.errors import ContractBroken
from tests.answering import Answering, Asked, answering, said
from tests.town import Town

ENVIRONMENT = f"AIRFLOW_CONN_{CONNECTION.upper()}"
RUN = "/api/v2/dags/roster_nightly__springfield/dagRuns/manual__2026-09-01T07%3A00%3A00%2B00%3A00"


def context(run_id: int | None = None, error: BaseException | None = None) -> dict[str, Any]:
    """What Airflow hands to a callback."""
    told = SimpleNamespace(
        dag_id="roster_nightly__springfield",
        run_id="manual__2026-09-01T07:00:00+00:00",
        task_id="validate",
        xcom_pull=lambda task_ids, key: run_id,
    )
    return {"ti": told, "dag_run": told} | ({"exception": error} if error else {})


@pytest.fixture
def airflow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Answering]:
    """An Airflow on which a person has left a note."""

    def answer(asked: Asked) -> Any:
        return said({"access_token": "a-token", "note": "Looked at by the registrar."})

    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "http://airflow.example")
    with answering(answer) as running:
        login = {"conn_type": "http", "host": running.url, "login": "rollbook", "password": "secret-of-it"}
        monkeypatch.setenv(ENVIRONMENT, json.dumps(login))
        yield running


def written(airflow: Answering) -> tuple[str, str]:
    """Where the one note was written, and what it says."""
    (note,) = (one for one in airflow.asked if one.method == "PATCH")
    assert note.headers["Authorization"] == "Bearer a-token"
    return note.path, json.loads(note.body)["note"]


def test_a_runs_note_has_counts_below_what_a_person_wrote(synced: Town, airflow: Answering) -> None:
    run_id = synced.one("select max(run_id) from runs.runs")
    note_night(context(run_id))
    path, note = written(airflow)
    assert path == RUN
    assert note.startswith(
        f"Looked at by the registrar.\n\n**Rollbook:** run {run_id} for 2026-09-01: applied. received "
    )
    assert note.endswith(f"(http://airflow.example/rollbook/springfield/runs/{run_id})")


def test_a_failed_tasks_note_has_its_code_and_a_link_to_its_page(airflow: Answering) -> None:
    error = ContractBroken("a column is missing")
    note_failure(context(error=translation.explaining(AirflowFailException(str(error)), error.explained)))
    path, note = written(airflow)
    assert path == f"{RUN}/taskInstances/validate"
    assert "`CONTRACT_BROKEN`: see `docs/runbook.md#contract_broken`" in note
    assert "/tasks/validate/plugin/rollbook-task)" in note
    assert "column" not in note


def test_the_note_of_an_unexpected_error_leaves_out_its_message(airflow: Answering) -> None:
    note_failure(context(error=ValueError("Ann Lee")))
    assert "`UNEXPECTED`" in written(airflow)[1]
    assert "Ann" not in written(airflow)[1]


def test_a_second_note_replaces_the_first(synced: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {"note": "By hand.\n\n**Rollbook:** run 0, of an earlier try"}

    def answer(asked: Asked) -> Any:
        kept.update(json.loads(asked.body) if asked.method == "PATCH" else {})
        return said({"access_token": "a", **kept})

    with answering(answer) as running:
        monkeypatch.setenv(ENVIRONMENT, json.dumps({"conn_type": "http", "host": running.url}))
        for _ in range(2):
            note_night(context(synced.one("select max(run_id) from runs.runs")))
    assert kept["note"].count("**Rollbook:**") == 1
    assert kept["note"].startswith("By hand.")
    assert "run 0" not in kept["note"]


def test_without_a_connection_or_an_api_response_no_note_is_written_and_the_run_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv(ENVIRONMENT, raising=False)
    note_failure(context(error=ValueError("Ann Lee")))
    assert caplog.records == []
    monkeypatch.setenv(ENVIRONMENT, json.dumps({"conn_type": "http", "host": "http://127.0.0.1:9"}))
    with caplog.at_level(logging.WARNING):
        note_failure(context(error=ValueError("Ann Lee")))
    assert [record.message for record in caplog.records] == ["no note was written: ConnectionError"]
