"""Client credentials: a token with its scopes, renewed before it expires, and once more if it is refused early."""

from __future__ import annotations

import base64
import re
from time import monotonic
from urllib.parse import parse_qs

import pytest
from requests import Request

from pipelines.errors import CredentialsRefused, SourceUnavailable
from pipelines.http.retry_policy import RetryPolicy
from pipelines.sources.classlink import tokens
from pipelines.sources.classlink.tokens import Granted
from tests.answering import Reply, answering, said
from tests.at_oneroster import AtOneRoster, connect, fetch, received

QUICK = RetryPolicy(attempts=2, backoff_seconds=0.01)
SECRET = "unmistakable-secret"


def _header(granted: Granted) -> str:
    return str(granted(Request("GET", "https://sis.example/users").prepare()).headers["Authorization"])


def test_a_token_is_requested_with_basic_and_scopes_and_reused_until_it_expires() -> None:
    with answering([said({"access_token": "one", "expires_in": 3600})]) as vendor:
        granted = Granted(f"{vendor.url}/token", ("id", SECRET), "a b", QUICK)
        assert [_header(granted) for _ in range(3)] == ["Bearer one"] * 3
    (asked,) = vendor.asked
    assert (asked.method, asked.path) == ("POST", "/token")
    assert parse_qs(asked.body.decode()) == {"grant_type": ["client_credentials"], "scope": ["a b"]}
    assert asked.headers["Authorization"] == "Basic " + base64.b64encode(f"id:{SECRET}".encode()).decode()


@pytest.mark.parametrize(("life", "used"), [(3600, 3540), ("300", 240), (100, 80), (None, 3540), ("soon", 3540)])
def test_a_token_is_renewed_before_it_expires(life: object, used: float, monkeypatch: pytest.MonkeyPatch) -> None:
    began = monotonic()
    now = [began]
    monkeypatch.setattr(tokens, "monotonic", lambda: now[0])
    replies = [said({"access_token": name, "expires_in": life}) for name in ("one", "two")]
    with answering(replies) as vendor:
        granted = Granted(f"{vendor.url}/token", ("id", SECRET), "a", QUICK)
        first = _header(granted)
        now[0] = began + used - 1
        before = _header(granted)
        now[0] = began + used + 1
        after = _header(granted)
    assert (first, before, after) == ("Bearer one", "Bearer one", "Bearer two")


@pytest.mark.parametrize("way", ["1.1", "1.2"])
def test_a_token_refused_early_is_replaced_once_for_each_refusal(at: AtOneRoster, way: str) -> None:
    for name in ("/orgs", "/users", "/enrollments"):
        at.sandbox.fault("401", server=f"oneroster_{way.replace('.', '')}", path=name, times=1)
    fetched = at.fetch(way)
    assert sorted(received(fetched)) == sorted(at.ids())
    assert len([path for path in at.sandbox.requests() if path.endswith("/token")]) == 4


def test_a_token_that_expires_during_a_pull_loses_no_row(at: AtOneRoster) -> None:
    at.sandbox.behave(token_seconds=1)
    at.sandbox.fault("slow", server="oneroster_12", path="/users", bytes=100_000, seconds=1.1)
    fetched = at.fetch("1.2", page_rows=400)
    assert sorted(received(fetched)) == sorted(at.ids())
    assert len([path for path in at.sandbox.requests() if path.endswith("/token")]) >= 2


def test_a_token_that_is_always_refused_stops_the_pull(at: AtOneRoster) -> None:
    at.sandbox.fault("401", server="oneroster_12", path="/users", times=None)
    with pytest.raises(CredentialsRefused, match="status 401"):
        at.fetch("1.2")


def test_unknown_scopes_are_refused_with_invalid_scope(at: AtOneRoster) -> None:
    with pytest.raises(CredentialsRefused, match="invalid_scope"):
        at.fetch("1.2", scopes=("roster.everything",))


def test_a_scope_without_access_to_rosters_is_refused(at: AtOneRoster) -> None:
    scope = "https://purl.imsglobal.org/spec/or/v1p2/scope/roster-demographics.readonly"
    with pytest.raises(CredentialsRefused, match="status 403"):
        at.fetch("1.2", scopes=(scope,))


def test_a_wrong_client_is_refused(at: AtOneRoster) -> None:
    source = at.enter("1.2")
    connect(at.monkeypatch, at.sandbox.addresses["oneroster_12"], "id", SECRET)
    with pytest.raises(CredentialsRefused) as raised:
        fetch(source, at.folder / "to")
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize(
    ("reply", "error", "expected"),
    [
        (Reply(400, said({"error": "invalid_grant"}).body), CredentialsRefused, "invalid_grant"),
        (Reply(400, said({"error": "Ada Lovelace"}).body), CredentialsRefused, "status 400"),
        (Reply(400, b"<html>"), CredentialsRefused, "status 400"),
        (said({"token_type": "Bearer"}), SourceUnavailable, "returned no token"),
        (said(["token"]), SourceUnavailable, "returned no token"),
        (Reply(500), SourceUnavailable, "status 500"),
    ],
)
def test_errors_of_the_token_endpoint_do_not_quote_its_answer(
    reply: Reply, error: type[Exception], expected: str
) -> None:
    with answering([reply]) as vendor, pytest.raises(error, match=expected) as raised:
        _header(Granted(f"{vendor.url}/token", ("id", SECRET), "a", QUICK))
    assert not re.search(rf"{SECRET}|Ada", str(raised.value))
