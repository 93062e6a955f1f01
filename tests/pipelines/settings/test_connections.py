"""Connections are read from Airflow's variables, and no text quotes their secrets."""

from __future__ import annotations

import json

import pytest

from pipelines.errors import SettingsInvalid
from pipelines.settings.connections import Connection, resolve

SECRET = "zeb-hidden-77"


def given(monkeypatch: pytest.MonkeyPatch, written: str) -> Connection:
    monkeypatch.setenv("AIRFLOW_CONN_SIS_DROP", written)
    return resolve("sis_drop")


def test_the_json_form_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = {"conn_type": "sftp", "host": "drop.example", "port": "2222", "login": "rosters", "password": SECRET}
    connection = given(monkeypatch, json.dumps({**facts, "schema": "s", "extra": {"host_key": "ssh-ed25519 AAAA"}}))
    assert connection == Connection(
        "sis_drop", "sftp", "drop.example", 2222, "rosters", SECRET, "s", {"host_key": "ssh-ed25519 AAAA"}
    )
    assert given(monkeypatch, json.dumps({**facts, "extra": '{"a": 1}'})).extra == {"a": 1}


def test_the_uri_form_is_read_with_its_escapes(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = given(monkeypatch, "my-sftp://ros%40ters:p%2Fw%3A@drop.example:2222/s?host_key=ssh-rsa+AAAA%2B")
    assert connection == Connection(
        "sis_drop", "my_sftp", "drop.example", 2222, "ros@ters", "p/w:", "s", {"host_key": "ssh-rsa AAAA+"}
    )
    assert given(monkeypatch, "aws://?__extra__=%7B%22endpoint_url%22%3A+%22https%3A%2F%2Fs3.example%22%7D").extra == {
        "endpoint_url": "https://s3.example"
    }


def test_absent_parts_of_a_connection_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert given(monkeypatch, '{"conn_type": "aws"}') == Connection("sis_drop", "aws")
    assert given(monkeypatch, "aws://") == Connection("sis_drop", "aws")


def test_a_missing_connection_names_the_variable_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_SIS_DROP", raising=False)
    with pytest.raises(SettingsInvalid, match="AIRFLOW_CONN_SIS_DROP"):
        resolve("sis_drop")


@pytest.mark.parametrize(
    "written",
    [
        f'{{"conn_type": "{SECRET}',
        f'{{"password": "{SECRET}"}}',
        f'{{"conn_type": "sftp", "port": "{SECRET}"}}',
        f'{{"conn_type": "sftp", "extra": "{SECRET}"}}',
        f'{{"conn_type": "sftp", "extra": ["{SECRET}"]}}',
        f"sftp://user:{SECRET}@host:port/",
        f"sftp://host/?__extra__={SECRET}",
        SECRET,
    ],
)
def test_an_unreadable_connection_is_refused_without_quoting_it(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    with pytest.raises(SettingsInvalid, match="'sis_drop' is neither") as refused:
        given(monkeypatch, written)
    assert SECRET not in str(refused.value)
    assert refused.value.__cause__ is None


def test_the_repr_of_a_connection_has_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = given(monkeypatch, f"sftp://{SECRET}a:{SECRET}b@drop.example?private_key={SECRET}c")
    assert SECRET not in repr(connection)
    assert "drop.example" in repr(connection)
