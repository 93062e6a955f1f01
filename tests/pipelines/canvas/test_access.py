"""A token opens Canvas, and no text of Canvas is repeated."""

from __future__ import annotations

import dataclasses

import pytest

from pipelines.canvas.access import open_api, probe
from pipelines.errors import CredentialsRefused, RollbookError, SettingsInvalid, SourceUnavailable
from pipelines.http.retry_policy import RetryPolicy
from pipelines.settings.connections import Connection, resolve
from tests.answering import answering, said
from tests.at_canvas import CONNECTION, HURRY, AtCanvas


def test_a_probe_describes_the_tokens_rights_and_names_nobody(there: AtCanvas) -> None:
    assert probe(resolve(CONNECTION)) == "Canvas accepts this token. The token reads all courses of an account"
    assert [path.partition("?")[0] for path in there.sandbox.requests("canvas")] == [
        "/api/v1/users/self",
        "/api/v1/accounts",
    ]


def test_a_probe_distinguishes_a_teachers_token_from_an_administrators(there: AtCanvas) -> None:
    there.sandbox.fault("empty", path="/accounts")
    assert "the courses that the settings name" in probe(resolve(CONNECTION))


def test_a_wrong_token_is_refused_and_not_repeated(there: AtCanvas) -> None:
    wrong = dataclasses.replace(resolve(CONNECTION), password="not-this-one")
    with pytest.raises(CredentialsRefused) as refused:
        probe(wrong)
    assert "not-this-one" not in str(refused.value)


@pytest.mark.parametrize(
    ("missing", "told"),
    [({"host": None}, "lacks a host"), ({"password": None}, "lacks a password")],
)
def test_an_incomplete_connection_names_the_missing_field(there: AtCanvas, missing: dict[str, None], told: str) -> None:
    with pytest.raises(SettingsInvalid, match=told):
        probe(dataclasses.replace(resolve(CONNECTION), **missing))


def test_a_canvas_source_needs_a_connection() -> None:
    with pytest.raises(SettingsInvalid, match="needs a connection"):
        open_api(None, RetryPolicy())


def test_a_token_is_never_sent_without_tls() -> None:
    with pytest.raises(SettingsInvalid, match="not https"):
        probe(Connection("x", "canvas", host="http://canvas.example", password="secret"))


@pytest.mark.parametrize("told", [403, 429])
def test_a_throttled_request_is_retried_and_not_taken_for_a_refusal(there: AtCanvas, told: int) -> None:
    there.sandbox.fault(str(told), path="/users/self", throttled=1)
    with open_api(CONNECTION, HURRY) as api:
        assert api.get("users/self").status == 200
        assert api.usage()["retries"] == 1


def test_a_lasting_throttle_raises_a_retry_error(there: AtCanvas) -> None:
    there.sandbox.fault("403", path="/users/self", times=None, throttled=1)
    with open_api(CONNECTION, HURRY) as api, pytest.raises(SourceUnavailable):
        api.get("users/self")


def test_the_connections_port_is_part_of_the_address() -> None:
    current = '<x>; rel="current"'
    with answering([said({"id": 1}), said([], Link=current)]) as vendor:
        host, _, port = vendor.url.rpartition(":")
        told = probe(Connection("x", "canvas", host=host, port=int(port), password="secret"))
    assert told.startswith("Canvas accepts this token")


def test_no_error_of_a_probe_shows_the_token(there: AtCanvas) -> None:
    token = there.sandbox.first.canvas_token
    for fault in ("401", "403", "html_500", "truncated"):
        there.sandbox.clear()
        there.sandbox.fault(fault, times=None)
        with pytest.raises(RollbookError) as told:
            probe(resolve(CONNECTION))
        assert token not in str(told.value)
        assert token not in repr(resolve(CONNECTION))
