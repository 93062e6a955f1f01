"""One page: its records, its headers, and the errors for refusals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import ContractBroken, CredentialsRefused, RollbookError, SourceIncomplete
from pipelines.http.client import Client
from pipelines.http.retry_policy import RetryPolicy
from pipelines.sources.classlink.pages import OneRosterPage, ask, identify, may_be_halved, records_of
from tests.answering import Reply, answering, said

QUICK = RetryPolicy(attempts=2, backoff_seconds=0.01)


def _ask(reply: Reply, *, may_fail: bool = False) -> OneRosterPage | None:
    with answering([reply]) as vendor, Client("service", f"{vendor.url}/base/", None, QUICK) as api:
        page = ask(api, "users", 10, 20, may_fail=may_fail)
        assert [one.path for one in vendor.asked] == ["/base/users?limit=10&offset=20&sort=sourcedId&orderBy=asc"]
    return page


def test_a_page_has_ids_and_its_headers_in_any_case() -> None:
    body = {"users": [{"sourcedId": "b"}, {"sourcedId": "a"}, {"sourcedId": 7}]}
    page = _ask(said(body, **{"X-TOTAL-count": "12", "X-Perm-Rev": "r1", "x-next-page-token": "none"}))
    assert page
    assert (page.ids, page.total, page.revision) == (["b", "a", "7"], 12, "r1")


@pytest.mark.parametrize("expected", ["", "many", "-1"])
def test_an_invalid_count_is_ignored(expected: str) -> None:
    page = _ask(said({"users": []}, **{"X-Total-Count": expected}))
    assert page
    assert (page.total, page.revision) == (None, None)


def _spec(code: str) -> dict[str, Any]:
    return {"imsx_codeMinorField": [{"imsx_codeMinorFieldName": "TargetEndSystem", "imsx_codeMinorFieldValue": code}]}


@pytest.mark.parametrize(
    "body",
    [
        {"imsx_codeMajor": "failure", "imsx_CodeMinor": _spec("invalid_filter_field")},
        {"imsx_StatusInfo": {"imsx_codeMajor": "failure", "imsx_codeMinor": _spec("invalid filter field")}},
        {"codeMajor": "failure", "codeMinor": "invalid_filter_field", "description": "Ada Lovelace"},
        {"imsx_codeMinor": "Invalid_Filter_Field", "imsx_description": "Ada Lovelace"},
    ],
)
@pytest.mark.parametrize("status", [400, 404, 422])
def test_a_refusals_error_has_its_status_and_code_and_no_other_text(status: int, body: dict[str, Any]) -> None:
    reply = Reply(status, said(body).body)
    with pytest.raises(ContractBroken, match=rf"users: .*status {status}, invalidfilterfield") as raised:
        _ask(reply)
    assert "Ada" not in str(raised.value)


@pytest.mark.parametrize("body", [b"<html>no</html>", b"[1]", b'"no"', b'{"imsx_codeMinor": "Ada Lovelace"}', b""])
def test_an_unreadable_refusals_error_has_its_status(body: bytes) -> None:
    with pytest.raises(ContractBroken, match=r"\(status 404\)"):
        _ask(Reply(404, body))


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_are_never_an_empty_list(status: int) -> None:
    with pytest.raises(CredentialsRefused):
        _ask(Reply(status, said({"users": []}).body))


def test_a_failure_with_status_200_is_refused_with_its_code() -> None:
    with pytest.raises(SourceIncomplete, match="no list of records, serverbusy"):
        _ask(said({"imsx_codeMinor": "server_busy"}))


def test_a_too_heavy_page_gives_none_if_it_may_fail() -> None:
    assert _ask(Reply(502, b"<html>"), may_fail=True) is None
    with pytest.raises(RollbookError, match="status 502"), answering([Reply(502)]) as vendor:
        ask(Client("service", vendor.url, None, QUICK), "users", 10, 20)


def test_a_page_may_be_halved_to_a_sixteenth() -> None:
    assert may_be_halved(160, 160)
    assert may_be_halved(20, 160)
    assert not may_be_halved(10, 160)
    assert not may_be_halved(1, 1)


@pytest.mark.parametrize(("expected", "meant"), [("a", "a"), (7, "7"), (None, ""), (True, ""), ({}, ""), ("", "")])
def test_an_id_may_be_text_or_a_number(expected: object, meant: str) -> None:
    assert identify({"sourcedId": expected}) == meant


def test_a_landed_page_is_read_with_and_without_an_envelope(tmp_path: Path) -> None:
    for body in (b'{"users": [{"sourcedId": "a"}]}', b'[{"sourcedId": "a"}]'):
        (tmp_path / "page").write_bytes(body)
        assert records_of(tmp_path / "page", "users") == [{"sourcedId": "a"}]
