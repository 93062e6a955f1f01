"""Authentication: what a connection needs, and what happens when credentials are refused."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.errors import CredentialsRefused, SettingsInvalid
from pipelines.sources.classlink.access import identify, open_service
from tests.answering import Asked, Reply, answering, said
from tests.at_oneroster import AtOneRoster, connect, fetch, received, service, settings, small_roster


def test_a_connection_with_a_host_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsInvalid, match="needs a connection"):
        open_service(settings(connection=None))
    connect(monkeypatch, "", "key", "secret")
    with pytest.raises(SettingsInvalid, match="lacks a host"):
        open_service(settings())


@pytest.mark.parametrize("auth", ["oauth1", "client_credentials"])
@pytest.mark.parametrize(("login", "password"), [("", "secret"), ("key", "")])
def test_a_key_and_a_secret_are_required(monkeypatch: pytest.MonkeyPatch, auth: str, login: str, password: str) -> None:
    connect(monkeypatch, "sis.example", login, password)
    with pytest.raises(SettingsInvalid, match="lacks a login or a password"):
        open_service(settings(auth=auth))


def test_the_proxy_needs_the_partners_key_or_a_bearer_and_its_application(monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, "proxy.example")
    with pytest.raises(SettingsInvalid, match="lacks a password"):
        open_service(settings(auth="proxy"))
    connect(monkeypatch, "proxy.example", bearer_token="b")
    with pytest.raises(SettingsInvalid, match="name no application"):
        open_service(settings(auth="proxy"))
    assert (
        open_service(settings(auth="proxy", application="a%3D")).base
        == "https://proxy.example/a%3D/ims/oneroster/v1p1/"
    )


def test_remote_hosts_need_https(monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, "district-ca-v2.rosterserver.com", "key", "secret")
    assert open_service(settings()).base == "https://district-ca-v2.rosterserver.com/ims/oneroster/v1p1/"
    assert open_service(settings(base_path="/api/or")).base == "https://district-ca-v2.rosterserver.com/api/or/"
    connect(monkeypatch, "http://district-ca-v2.rosterserver.com", "key", "secret")
    with pytest.raises(SettingsInvalid, match="not https"):
        open_service(settings())


def test_a_services_digest_is_unique_and_does_not_contain_its_host(monkeypatch: pytest.MonkeyPatch) -> None:
    names = set()
    for host in ("a.example", "b.example"):
        connect(monkeypatch, host, "key", "secret")
        names.add(identify(open_service(settings())))
    assert len(names) == 2
    assert not any("example" in name for name in names)


def test_a_static_bearer_is_sent_unchanged(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    with answering(service(small_roster())) as vendor:
        connect(monkeypatch, vendor.url, bearer_token="b-1")
        fetched = fetch(settings(auth="proxy", application="a%3D"), tmp_path / "to")
        assert {one.headers["Authorization"] for one in vendor.asked} == {"Bearer b-1"}
    assert len(received(fetched)) == 10


def _proxy(bearers: list[str], rows: Any) -> Any:
    """A proxy that shows these bearers one after the other, and lets the last one in."""
    shown = iter(bearers)
    plain = service(rows)

    def answer(asked: Asked) -> Reply:
        if asked.path.startswith("/applications"):
            one = {"oneroster_application_id": "a%3D", "enabled": "true", "tenant_status": "Active"}
            return said({"applications": [one | {"bearer": next(shown)}]})
        return plain(asked) if asked.headers["Authorization"] == f"Bearer {bearers[-1]}" else Reply(401)

    return answer


def test_a_refused_bearer_is_looked_up_once_more(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    with answering(_proxy(["old", "new"], small_roster())) as vendor:
        connect(monkeypatch, vendor.url, password="key")
        fetched = fetch(settings(auth="proxy"), tmp_path / "to")
        assert [one.path for one in vendor.asked].count("/applications?limit=100&offset=0") == 2
    assert len(received(fetched)) == 10


def test_a_refused_bearer_without_a_new_bearer_is_reported_as_withdrawn(at: AtOneRoster) -> None:
    at.sandbox.fault("401", server="classlink_proxy", path="/ims/", after=3, times=None)
    with pytest.raises(CredentialsRefused, match="withdrew its authorization"):
        at.fetch("proxy")
    asked = at.sandbox.requests("classlink_proxy")
    assert len([path for path in asked if path.startswith("/applications")]) == 2
    assert len([path for path in asked if "/ims/" in path]) == 4


def test_errors_do_not_contain_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    with answering([Reply(401, b"unmistakable-secret")]) as vendor:
        connect(monkeypatch, vendor.url, "unmistakable-key", "unmistakable-secret")
        with pytest.raises(CredentialsRefused) as raised:
            fetch(settings(), tmp_path / "to")
    assert "unmistakable" not in str(raised.value)


def test_credentials_never_reach_another_host(at: AtOneRoster) -> None:
    for way in ("oauth1", "proxy", "1.2"):
        server = {"oauth1": "classlink", "proxy": "classlink_proxy", "1.2": "oneroster_12"}[way]
        at.sandbox.fault("wrong_host_next", server=server, path="/ims/", times=None)
        assert sorted(received(at.fetch(way))) == sorted(at.ids())
        at.sandbox.fault("redirect", server=server, path="/users", times=None)
        with pytest.raises(Exception, match="redirected"):
            at.fetch(way)
    assert at.sandbox.elsewhere() == []
