from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.errors import CredentialsRefused, SettingsInvalid, SourceIncomplete
from pipelines.sources.clever.access import open_api, read_state
from tests.answering import Answering, Asked, Reply, answering, said
from tests.at_clever import CONNECTION, AtClever, at_clever, connect, settings

OURS, OTHER = "6a0000000000000000000001", "6a0000000000000000000002"


def token(value: str, created: str = "2026-07-30T15:00:00.000Z", owner: str = OURS) -> dict[str, object]:
    return {"id": "x", "created": created, "owner": {"type": "district", "id": owner}, "access_token": value}


def districts_answer(**fields: object) -> Reply:
    return said({"data": [{"data": {"id": OURS, "state": "success", **fields}}], "links": []})


def state(monkeypatch: pytest.MonkeyPatch, **fields: object) -> dict[str, object]:
    """What is fields of a district in this state."""

    def answer(asked: Asked) -> Reply:
        return said({"data": [token("t")]}) if "oauth" in asked.path else districts_answer(**fields)

    with answering(answer) as vendor:
        connect(monkeypatch, vendor.url, vendor.url)
        source = settings(OURS)
        with open_api(source) as api:
            return read_state(api, source)


def bearers(vendor: Answering) -> list[str]:
    return [one.headers["Authorization"] for one in vendor.asked if "oauth" not in one.path]


def test_the_token_request_has_basic_credentials_and_the_districts_id(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering([said({"data": [token("t")]})]) as vendor:
        connect(monkeypatch, "https://api.vendor.example", vendor.url, "client", "secret")
        open_api(settings(OURS))
    assert vendor.asked[0].path == f"/oauth/tokens?owner_type=district&district={OURS}"
    assert vendor.asked[0].headers["Authorization"] == "Basic Y2xpZW50OnNlY3JldA=="


def test_the_hosts_default_to_clevers_and_the_connection_overrides_them(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering([said({"data": [token("t")]})]) as vendor:
        connect(monkeypatch, "", vendor.url)
        assert open_api(settings(OURS, version="v3.1")).base == "https://api.clever.com/v3.1/"
        connect(monkeypatch, "api.vendor.example", vendor.url)
        assert open_api(settings(OURS)).base == "https://api.vendor.example/v3.0/"


@pytest.mark.parametrize("listed", [[], [token("t", owner=OTHER)], [token("")]])
def test_a_district_without_a_token_is_reported_as_disconnected(
    monkeypatch: pytest.MonkeyPatch, listed: list[object]
) -> None:
    with answering([said({"data": listed})]) as vendor:
        connect(monkeypatch, vendor.url, vendor.url)
        with pytest.raises(CredentialsRefused, match="disconnected"):
            open_api(settings(OURS))


def test_a_district_that_disconnects_during_a_pull_is_reported_as_disconnected(there: AtClever) -> None:
    there.sandbox.fault("401", path="role=student&limit")
    there.sandbox.behave(clever_authorized=False)
    with pytest.raises(CredentialsRefused, match="disconnected"):
        there.fetch()


def test_a_refused_token_is_looked_up_once_more(there: AtClever) -> None:
    """A list that still names the refused token, and no newer one, ends the pull."""
    there.sandbox.fault("401", server="clever", path="role=student&limit")
    with pytest.raises(CredentialsRefused, match="refused the district's token"):
        there.fetch()
    assert len(there.sandbox.requests("clever_tokens")) == 2


def test_a_token_rotated_during_a_pull_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    rotated: list[bool] = []

    def answer(asked: Asked) -> Reply:
        if "oauth" in asked.path:
            tokens = [token("old"), token("new", "2026-08-01T00:00:00.000Z")]
            return said({"data": tokens if rotated else tokens[:1]})
        if asked.headers["Authorization"] == "Bearer old" and len(rotated) == 0:
            rotated.append(True)
            return Reply(401, b'{"message": "Unauthorized"}')
        return districts_answer()

    with answering(answer) as vendor:
        connect(monkeypatch, vendor.url, vendor.url)
        source = settings(OURS)
        with open_api(source) as api:
            assert read_state(api, source)["state"] == "success"
    assert bearers(vendor) == ["Bearer old", "Bearer new"]


def test_a_paged_list_of_tokens_is_read_completely(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(asked: Asked) -> Reply:
        if "page=2" in asked.path:
            return said({"data": [token("t")], "links": []})
        link = {"rel": "next", "uri": "/oauth/tokens?owner_type=district&page=2"}
        return said({"data": [token("x", owner=OTHER)], "links": [link]})

    with answering(answer) as vendor:
        connect(monkeypatch, vendor.url, vendor.url)
        open_api(settings(OURS))
    assert len(vendor.asked) == 2


def test_wrong_credentials_of_the_app_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with at_clever(monkeypatch, tmp_path, students=20) as there:
        addresses = there.sandbox.addresses
        connect(monkeypatch, addresses["clever"], addresses["clever_tokens"], "somebody", "else")
        with pytest.raises(CredentialsRefused, match="list of tokens"):
            there.fetch()


def test_a_token_of_another_district_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CredentialsRefused, match="another district"):
        state(monkeypatch, id=OTHER)


def test_an_error_about_missing_credentials_names_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsInvalid, match="connection:"):
        open_api(settings(OURS, connection=None))
    given = {"conn_type": "http", "login": "client"}
    monkeypatch.setenv(f"AIRFLOW_CONN_{CONNECTION.upper()}", json.dumps(given))
    with pytest.raises(SettingsInvalid, match=CONNECTION):
        open_api(settings(OURS))


@pytest.mark.parametrize("word", ["success", "running", "", None])
def test_a_district_with_a_successful_import_is_read(monkeypatch: pytest.MonkeyPatch, word: str | None) -> None:
    assert state(monkeypatch, state=word) == {"state": word or "", "last_sync": None}


@pytest.mark.parametrize(("word", "owner"), [("pending", "the district"), ("error", "Clever")])
def test_a_district_with_a_pending_or_failed_import_is_refused(
    monkeypatch: pytest.MonkeyPatch, word: str, owner: str
) -> None:
    with pytest.raises(SourceIncomplete, match=word) as raised:
        state(monkeypatch, state=word, error="Ada Okafor has no id")
    assert raised.value.owner == owner
    assert "Okafor" not in str(raised.value)


def test_a_paused_district_is_read_with_a_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        facts = state(monkeypatch, state="paused", pause_end="2026-08-20T00:00:00.000Z")
    assert facts["paused_until"] == "2026-08-20T00:00:00.000Z"
    assert facts["warnings"] == [
        "the district is paused at Clever until 2026-08-20T00:00:00.000Z: its data do not change"
    ]
    assert "paused" in caplog.text


def test_an_import_older_than_stale_days_causes_a_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now = datetime.now(UTC)
    for hours, warned in ((47, None), (100, ["Clever's last import of the district is 4.2 days old"])):
        facts = state(monkeypatch, last_sync=f"{(now - timedelta(hours=hours)):%Y-%m-%dT%H:%M:%S}.000Z")
        assert facts.get("warnings") == warned
    assert "4.2 days old" in caplog.text
    assert state(monkeypatch, last_sync="someday") == {"state": "success", "last_sync": "someday"}
