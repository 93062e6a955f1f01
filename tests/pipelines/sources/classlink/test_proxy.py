"""ClassLink's proxy: finding a district's application, and its id in the path."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from pipelines.errors import CredentialsRefused, SettingsInvalid, SourceIncomplete
from pipelines.http.retry_policy import RetryPolicy
from pipelines.sources.classlink.proxy import Application, find_application, path_of
from tests.answering import Asked, Reply, answering, said
from tests.at_oneroster import AtOneRoster, received

QUICK = RetryPolicy(attempts=2, backoff_seconds=0.01)


def _application(number: int, **more: Any) -> dict[str, Any]:
    """Three ids, and only one of them opens the path."""
    ids = {"id": 700 + number, "application_id": 57 + number, "oneroster_application_id": f"app{number}%2Fx%3D"}
    return ids | {"bearer": f"bearer-{number}", "enabled": "true", "tenant_status": "Active"} | more


def _find(applications: list[dict[str, Any]], wanted: str = "", most: int = 100) -> tuple[Application, list[str]]:
    def answer(asked: Asked) -> Reply:
        query = parse_qs(urlsplit(asked.path).query)
        limit, offset = min(int(query["limit"][0]), most), int(query["offset"][0])
        return said({"status": 1, "applications": applications[offset : offset + limit]})

    with answering(answer) as vendor:
        found = find_application(vendor.url, "partner-key", wanted, QUICK)
        assert {one.headers["Authorization"] for one in vendor.asked} == {"Bearer partner-key"}
        return found, [one.path for one in vendor.asked]


def test_the_only_application_is_used_without_a_name() -> None:
    found, asked = _find([_application(1)])
    assert (found.path, found.bearer) == ("app1%2Fx%3D", "bearer-1")
    assert asked == ["/applications?limit=100&offset=0"]
    assert "bearer-1" not in repr(found)


@pytest.mark.parametrize(("count", "pages"), [(99, 1), (100, 2), (250, 3)])
def test_applications_are_read_until_a_page_is_short(count: int, pages: int) -> None:
    found, asked = _find([_application(number) for number in range(count)], f"app{count - 1}%2Fx%3D")
    assert found.bearer == f"bearer-{count - 1}"
    assert len(asked) == pages


@pytest.mark.parametrize(
    "different", [{"enabled": "false"}, {"enabled": False}, {"enabled": ""}, {"tenant_status": "Inactive"}]
)
def test_an_application_that_is_not_enabled_is_refused(different: dict[str, Any]) -> None:
    with pytest.raises(CredentialsRefused, match="not enabled, or its tenant is not active; nobody was archived"):
        _find([_application(1, **different), _application(2)], "app1%2Fx%3D")


def test_an_application_that_is_no_longer_shared_is_refused() -> None:
    with pytest.raises(CredentialsRefused, match="not shared with Rollbook"):
        _find([_application(1)], "app2%2Fx%3D")
    with pytest.raises(CredentialsRefused, match="not shared with Rollbook"):
        _find([])


def test_one_of_several_open_applications_has_to_be_named() -> None:
    with pytest.raises(SettingsInvalid, match="2 applications are shared"):
        _find([_application(1), _application(2)])
    assert _find([_application(1), _application(2, enabled="false")])[0].bearer == "bearer-1"


def test_an_answer_without_a_list_of_applications_is_refused() -> None:
    with answering([said({"status": 0})]) as vendor, pytest.raises(SourceIncomplete, match="no list of applications"):
        find_application(vendor.url, "key", "", QUICK)


@pytest.mark.parametrize("wrong", ["", "..", ".", "a/b", "a?b", "a#b", "a b", "a\\b", "https://other.example"])
def test_an_application_id_that_would_change_the_path_is_refused(wrong: str) -> None:
    with pytest.raises(SettingsInvalid, match="can't be part of an address"):
        path_of(wrong)


def test_an_application_id_is_part_of_the_path_with_its_escapes(at: AtOneRoster) -> None:
    fetched = at.fetch("proxy")
    assert sorted(received(fetched)) == sorted(at.ids())
    application = at.sandbox.first.classlink_application
    assert "%" in application
    asked = [path for path in at.sandbox.requests("classlink_proxy") if "/ims/" in path]
    assert asked
    assert all(path.startswith(f"/{application}/ims/oneroster/v1p1/") for path in asked)
