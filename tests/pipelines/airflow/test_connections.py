"""The hooks behind the Test buttons: Airflow finds them, and their errors show no secret."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests import airflow_home  # noqa: F401 - before Airflow, which reads its home on import

from airflow.sdk.providers_manager_runtime import ProvidersManagerTaskRuntime  # isort: skip
from pipelines.airflow.connections import CanvasHook, ClasslinkHook, CleverHook, VendorHook
from sandbox.vendors.serving import serving
from tests.answering import answering

HOOKS = {"clever": CleverHook, "classlink": ClasslinkHook, "canvas": CanvasHook}


def keep(monkeypatch: pytest.MonkeyPatch, conn_type: str, **facts: Any) -> str:
    monkeypatch.setenv("AIRFLOW_CONN_TESTED", json.dumps({"conn_type": conn_type, **facts}))
    return "tested"


@pytest.mark.parametrize("kind", HOOKS)
def test_airflow_finds_each_hook_by_its_connection_type_and_may_test_it(kind: str) -> None:
    found = ProvidersManagerTaskRuntime().hooks[kind]
    assert found is not None
    assert found.hook_class_name == f"pipelines.airflow.connections.{HOOKS[kind].__name__}"
    assert found.package_name == "rollbook"
    assert found.connection_id_attribute_name == "conn_id"
    assert found.connection_testable


def test_a_hook_returns_every_field_of_its_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = {"host": "https://x.example", "login": "me", "password": "secret", "port": 8443, "extra": {"auth": "proxy"}}
    got = ClasslinkHook(keep(monkeypatch, "classlink", **facts)).get_conn()
    assert {name: getattr(got, name) for name in facts} == facts
    assert "secret" not in repr(got)


def test_a_connection_test_succeeds_if_the_vendor_grants_access(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(students=30) as sandbox:
        facts = {"host": sandbox.addresses["canvas"], "password": sandbox.first.canvas_token}
        ok, told = CanvasHook(keep(monkeypatch, "canvas", **facts)).test_connection()
    assert ok
    assert told.startswith("Canvas accepts this token")


def test_a_refused_connection_test_says_why_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(students=30) as sandbox:
        facts = {"host": sandbox.addresses["canvas"], "password": "not-this-one"}
        ok, told = CanvasHook(keep(monkeypatch, "canvas", **facts)).test_connection()
    assert not ok
    assert told.startswith("CREDENTIALS_REFUSED")
    assert "Next:" in told
    assert "not-this-one" not in told


def test_an_unexpected_error_of_a_connection_test_shows_only_its_type(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering([]) as vendor:  # so that asking the vendor is no question of a network
        hook = VendorHook(keep(monkeypatch, "canvas", host=vendor.url, password="secret-token"))
        monkeypatch.setenv("AIRFLOW_CONN_TESTED", "{no json: secret-token")
        hook.conn_type = "canvas"
        ok, told = hook.test_connection()
    assert not ok
    assert told.startswith("UNEXPECTED: ")
    assert "secret-token" not in told
