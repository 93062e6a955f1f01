"""Addresses of pages, below Airflow's own address."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

import tests.airflow_home  # isort: skip  # noqa: F401 - before anything of Airflow

from pipelines.airflow import links


def test_a_link_is_below_airflows_own_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://airflow.district.example/sub/")
    base = "https://airflow.district.example/sub"
    assert links.run_page("springfield", 7) == f"{base}/rollbook/springfield/runs/7"
    assert links.run_page("springfield", 7, "holds") == f"{base}/rollbook/springfield/runs/7/holds"
    assert links.district_page("springfield", "imports") == f"{base}/rollbook/springfield/imports"
    escaped = "manual__2026-09-01T07%3A00%3A00%2B00%3A00"
    assert links.dag_run_page("a_dag", "manual__2026-09-01T07:00:00+00:00") == f"{base}/dags/a_dag/runs/{escaped}"


def test_without_airflows_address_there_is_no_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "")
    assert links.run_page("springfield", 7) is None


def test_a_tasks_button_opens_its_page_in_airflows_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "http://localhost:8080")
    button = links.PageLink("Failed validations")
    key = SimpleNamespace(dag_id="roster_nightly__springfield", run_id="a+run", task_id="validate")
    page = "http://localhost:8080/dags/roster_nightly__springfield/runs/a%2Brun/tasks/validate/plugin/rollbook-task"
    assert (button.name, button.get_link(None, ti_key=key)) == ("Failed validations", page)
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "")
    assert button.get_link(None, ti_key=key) == ""
