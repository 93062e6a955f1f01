"""The Test button for Clever: whether Clever accepts the app, without a district's name."""

from __future__ import annotations

import dataclasses

import pytest

from pipelines.errors import CredentialsRefused, SettingsInvalid, SourceUnavailable
from pipelines.settings.connections import resolve
from pipelines.sources.clever import probe
from tests.at_clever import CONNECTION, AtClever


def test_the_probe_returns_the_number_of_authorized_districts(there: AtClever) -> None:
    assert probe(resolve(CONNECTION)) == "Clever accepts this app. Districts that have authorized the app: 1"
    assert len(there.sandbox.requests()) == 1


@pytest.mark.parametrize("name", ["login", "password"])
def test_wrong_credentials_are_refused_without_being_quoted(there: AtClever, name: str) -> None:
    with pytest.raises(CredentialsRefused) as raised:
        probe(dataclasses.replace(resolve(CONNECTION), **{name: "not-this-one"}))
    assert "not-this-one" not in str(raised.value)


@pytest.mark.parametrize("name", ["login", "password"])
def test_missing_credentials_are_named_before_any_request(there: AtClever, name: str) -> None:
    with pytest.raises(SettingsInvalid, match="lacks a login or a password"):
        probe(dataclasses.replace(resolve(CONNECTION), **{name: None}))
    assert there.sandbox.requests() == []


def test_the_probe_reports_an_outage(there: AtClever) -> None:
    there.sandbox.fault("500", times=None)
    with pytest.raises(SourceUnavailable):
        probe(resolve(CONNECTION))
