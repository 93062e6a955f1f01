"""Checks of settings, connections and warehouse, which ask no source."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from pipelines.errors import CheckFailed, WarehouseUnavailable
from pipelines.operations.self_check import Check, prerequisites, refuse_if_failed
from pipelines.operations.self_check.checks import tried
from pipelines.settings import load_district
from tests.heard import NOTIFY, listening
from tests.town import FIRST, Town

CLEVER = {"kind": "clever", "connection": "clever_here", "clever_district_id": "6a0000000000000000000001"}
OWNERS = {"default": "rosters@district.example"}


def looked(town: Town, as_of: date = FIRST, **facts: Any) -> dict[str, Check]:
    town.settle(**{"owners": OWNERS, "limits": {}} | facts)
    checks_of = prerequisites.checks_of(load_district(town.district_id), as_of)
    return {name: tried(name, look) for name, look in checks_of.items()}


def test_valid_settings_pass_every_prerequisite(town: Town) -> None:
    found = looked(town)
    assert [name for name, one in found.items() if not one.is_well] == []
    assert list(found) == ["settings", "scope", "settings of sis_file", "limits", "windows", "warehouse"]


def test_a_district_without_a_default_owner_is_a_warning(town: Town) -> None:
    assert looked(town, owners={})["settings"].warning


@pytest.mark.parametrize("empty", ["schools", "terms", "share"])
def test_an_empty_scope_fails_the_check(town: Town, empty: str) -> None:
    found = looked(town, **{empty: []})["scope"]
    assert not found.ok
    assert empty in found.result


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"archive_percent": 100}, "a limit of 100 holds nothing: archive_percent;"),
        ({"create_percent": 0}, "a limit of 0 holds nearly every change: create_percent;"),
    ],
)
def test_a_limit_of_100_or_0_is_a_warning(town: Town, limits: dict[str, int], said: str) -> None:
    found = looked(town, limits=limits)["limits"]
    assert (found.ok, found.warning, found.owner) == (True, True, OWNERS["default"])
    assert found.result.startswith(said)


HERE = {"connection of email": (True, False), "connection of slack": (True, False)}


@pytest.mark.parametrize(
    ("channel", "kept", "said"),
    [
        ("email", None, "there is no connection 'smtp_heard': no notification is sent by email"),
        ("email", {"conn_type": "http"}, "smtp_heard has the type http"),
        ("email", {"conn_type": "smtp"}, "smtp_heard has no sender address"),
        ("slack", {"conn_type": "slack"}, "slack_heard has the type slack"),
    ],
)
def test_a_broken_notification_channel_is_a_warning_and_refuses_no_run(
    town: Town, monkeypatch: pytest.MonkeyPatch, channel: str, kept: dict[str, str] | None, said: str
) -> None:
    with listening() as heard:
        for name, value in heard.environment.items():
            monkeypatch.setenv(name, value)
    found = looked(town, notify=NOTIFY)
    assert {name: (one.ok, one.warning) for name, one in found.items() if name in HERE} == HERE
    variable = f"AIRFLOW_CONN_{NOTIFY[channel]['connection'].upper()}"
    monkeypatch.delenv(variable) if kept is None else monkeypatch.setenv(variable, json.dumps(kept))
    one = looked(town, notify=NOTIFY)[f"connection of {channel}"]
    assert (one.ok, one.warning, one.result) == (True, True, said)
    assert one.fix
    refuse_if_failed(load_district(town.district_id), FIRST)


def test_an_expectation_of_100_percent_is_a_warning_except_for_emails(town: Town) -> None:
    assert "missing_email_percent" not in looked(town)["limits"].result
    assert looked(town, expectations={"orphan_percent": 100})["limits"].warning


def test_a_missing_connection_fails_the_check(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "clever_here" in looked(town, sources=[CLEVER])["connection of clever"].result
    assert not looked(town, sources=[CLEVER])["connection of clever"].ok
    monkeypatch.setenv("AIRFLOW_CONN_CLEVER_HERE", '{"conn_type": "clever", "password": "unsaid"}')
    there = looked(town, sources=[CLEVER])["connection of clever"]
    assert there.ok
    assert "unsaid" not in there.result


def test_only_a_date_in_a_window_is_a_warning(town: Town) -> None:
    windows = [{"from": "2026-09-01", "to": "2026-09-02", "mode": "blackout"}]
    assert looked(town, windows=windows)["windows"].warning
    later = looked(town, date(2026, 9, 3), windows=windows)["windows"]
    assert (later.warning, later.result) == (False, "blackout from 2026-09-01 to 2026-09-02")


def test_the_first_failed_check_refuses_the_run_with_owner_and_next_step(town: Town) -> None:
    refuse_if_failed(load_district(town.district_id), FIRST)
    town.settle(terms=[], sources=[CLEVER])
    with pytest.raises(CheckFailed, match="scope: the scope is empty: terms") as red:
        refuse_if_failed(load_district(town.district_id), FIRST)
    assert red.value.fix == "fill the list, or write all; see all: rollbook check -d springfield"


def test_pending_migrations_fail_the_check(town: Town) -> None:
    town.ask("delete from runs.migrations where name = (select max(name) from runs.migrations) returning name")
    with pytest.raises(CheckFailed, match="warehouse: 1 migrations are not applied"):
        refuse_if_failed(load_district(town.district_id), FIRST)


def test_an_unavailable_warehouse_is_a_retry_error_of_the_prerequisites(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROLLBOOK_WAREHOUSE_URL", "postgresql://me:secret@127.0.0.1:1/none")
    with pytest.raises(WarehouseUnavailable):
        refuse_if_failed(load_district(town.district_id), FIRST)
