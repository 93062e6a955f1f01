"""The Test button for a OneRoster service, by each authentication."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from pipelines.errors import CredentialsRefused, SettingsInvalid, SourceIncomplete
from pipelines.settings.connections import Connection, resolve
from pipelines.sources.classlink import probe
from tests.answering import answering, said
from tests.at_oneroster import CONNECTION, AtOneRoster

LET_IN = "The service accepts the credentials and shows the district's organisations"


def connection(at: AtOneRoster, way: str, **extra: Any) -> Connection:
    """The connection of a way in, with what the form's fields say."""
    at.enter(way)
    return dataclasses.replace(resolve(CONNECTION), extra=extra)


@pytest.mark.parametrize(
    ("way", "extra"),
    [
        ("oauth1", {}),
        ("oauth1", {"auth": "oauth1", "signature": "HMAC-SHA1"}),
        ("1.1", {"auth": "client_credentials"}),
        ("1.2", {"auth": "client_credentials", "version": "1.2"}),
    ],
)
def test_the_probe_asks_a_service_for_one_organisation(at: AtOneRoster, way: str, extra: dict[str, str]) -> None:
    assert probe(connection(at, way, **extra)) == LET_IN
    (asked,) = [path for path in at.sandbox.requests() if "/orgs" in path]
    assert "limit=1" in asked


def test_the_probe_of_a_proxy_key_counts_its_applications(at: AtOneRoster) -> None:
    sentence = probe(connection(at, "proxy", auth="proxy"))
    assert sentence == "ClassLink accepts this key. Rollbook may read 1 of 1 applications"


def test_the_probe_of_a_bearer_asks_its_application(at: AtOneRoster) -> None:
    keys = at.sandbox.first
    extra = {"auth": "proxy", "bearer_token": keys.classlink_bearer, "application": keys.classlink_application}
    assert probe(connection(at, "proxy", **extra)) == LET_IN


def test_a_wrong_secret_is_refused_without_being_quoted(at: AtOneRoster) -> None:
    wrong = dataclasses.replace(connection(at, "oauth1"), password="not-this-one")
    with pytest.raises(CredentialsRefused) as raised:
        probe(wrong)
    assert "not-this-one" not in str(raised.value)


def test_the_probe_refuses_a_service_without_organisations(at: AtOneRoster) -> None:
    asked = connection(at, "oauth1")
    at.sandbox.fault("empty", path="/orgs", times=None)
    with pytest.raises(SourceIncomplete, match="shows no organisation"):
        probe(asked)


def test_the_probe_refuses_an_answer_without_a_list() -> None:
    with (
        answering([said({"hello": "world"})]) as vendor,
        pytest.raises(SourceIncomplete, match="no list of organisations"),
    ):
        probe(Connection("x", "classlink", host=vendor.url, login="key", password="secret"))


@pytest.mark.parametrize(
    ("lacking", "expected"),
    [
        ({"host": None}, "lacks a host"),
        ({"login": None}, "lacks a login"),
        ({"extra": {"auth": "pigeon"}}, "auth"),
    ],
)
def test_the_probe_names_missing_and_unknown_settings(at: AtOneRoster, lacking: dict[str, Any], expected: str) -> None:
    with pytest.raises(SettingsInvalid, match=expected):
        probe(dataclasses.replace(connection(at, "oauth1"), **lacking))
