"""An export under Airflow: the request that a form, a schedule or an asset event makes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import tests.airflow_home  # isort: skip  # noqa: F401 - before anything of Airflow

from airflow.sdk.exceptions import AirflowSkipException

from pipelines.airflow import gradebook
from tests.dags.test_roster_nightly import add_district

PARAMS = {"as_of": None, "classes": None, "activities": None, "plan_only": False}


@pytest.fixture(autouse=True)
def _district(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "districts").mkdir()
    add_district(tmp_path, "springfield", canvas={"connection": "canvas_springfield"})
    monkeypatch.setenv("ROLLBOOK_CONFIG", str(tmp_path))


def context(run_type: str = "manual", told: list[dict[str, Any]] | None = None, **params: Any) -> dict[str, Any]:
    """What Airflow tells a task, as far as a request is made of it."""
    now = datetime.now(UTC)
    events = [SimpleNamespace(extra=extra) for extra in told or ()]
    dag_run = SimpleNamespace(run_type=run_type, logical_date=None, run_after=now)
    return {
        "params": PARAMS | params,
        "dag_run": dag_run,
        "ti": SimpleNamespace(dag_id="gradebook_export__springfield", run_id="a-run"),
        "triggering_asset_events": {"roster": events} if events else {},
    }


def test_the_export_form_selects_classes_and_activities() -> None:
    asked = gradebook.export_request("springfield", context(classes=["A"], activities=["q1"], plan_only=True))
    assert (asked.classes, asked.activities, asked.plan_only, asked.scheduled) == (("A",), ("q1",), True, False)
    assert gradebook.export_request("springfield", context("scheduled")).scheduled


TONIGHT = {"as_of": (datetime.now(UTC) - timedelta(hours=6)).date().isoformat()}
LONG_AGO = {"as_of": "2026-01-01"}
MADE_UP_FOR = TONIGHT | {"backfill": True}


@pytest.mark.parametrize("told", [[TONIGHT], [LONG_AGO, TONIGHT], [TONIGHT, MADE_UP_FOR]])
def test_the_asset_event_of_a_recent_roster_starts_an_export(told: list[dict[str, Any]]) -> None:
    assert gradebook.export_request("springfield", context("asset_triggered", told)).scheduled


@pytest.mark.parametrize("told", [[LONG_AGO], [MADE_UP_FOR], [LONG_AGO, MADE_UP_FOR]])
def test_asset_events_of_backfills_or_older_nights_start_no_export(
    told: list[dict[str, Any]],
) -> None:
    with pytest.raises(AirflowSkipException, match="sends nothing to Canvas"):
        gradebook.export_request("springfield", context("asset_triggered", told))


def test_a_backfilled_export_is_skipped_and_an_export_by_hand_of_a_past_date_is_not() -> None:
    with pytest.raises(AirflowSkipException, match="sends nothing to Canvas"):
        gradebook.export_request("springfield", context("backfill"))
    assert gradebook.export_request("springfield", context(as_of="2026-01-01")).as_of.isoformat() == "2026-01-01"
