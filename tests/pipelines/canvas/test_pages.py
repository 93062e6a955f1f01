"""A list is read completely or refused, whatever happens to its pages during the reading."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from pipelines.canvas.access import open_api
from pipelines.canvas.pages import Listed, read_list
from pipelines.errors import CredentialsRefused, RollbookError, SourceIncomplete, SourceUnavailable
from pipelines.http.client import Bearer, Client
from pipelines.http.retry_policy import RetryPolicy
from tests.answering import Asked, Reply, answering, said
from tests.at_canvas import CONNECTION, HURRIED, HURRY, AtCanvas

USERS = "accounts/1/users"


def read(retry_policy: RetryPolicy = HURRY, **params: Any) -> list[int]:
    """The ids of all users of the account, in pages of twenty."""
    with open_api(CONNECTION, retry_policy) as api:
        return [row["id"] for row in read_list(api, USERS, {"per_page": 20} | params).rows]


def everybody(there: AtCanvas) -> set[int]:
    there.sandbox.behave(canvas_per_page=100)
    with open_api(CONNECTION, HURRY) as api:
        return {row["id"] for row in read_list(api, USERS, {"per_page": 100}).rows}


@pytest.mark.parametrize("pages", ["number", "bookmark"])
def test_pages_of_either_kind_are_followed_to_the_end(there: AtCanvas, pages: str) -> None:
    whole = everybody(there)
    there.sandbox.behave(canvas_pages=pages)
    found = read()
    assert len(found) == len(whole) > 80
    assert set(found) == whole


def test_a_host_that_gives_smaller_pages_than_asked_for_gives_all_of_them(there: AtCanvas) -> None:
    whole = everybody(there)
    there.sandbox.fault("clamped_limit", path=USERS, times=None, limit=7)
    assert set(read(per_page=100)) == whole


def test_a_row_on_two_pages_is_read_once(there: AtCanvas) -> None:
    whole = everybody(there)
    there.sandbox.fault("duplicate_rows", path=USERS, times=None, rows=3)
    found = read()
    assert len(found) == len(whole)
    assert set(found) == whole


def test_rows_removed_during_the_reading_hide_no_other_rows(there: AtCanvas) -> None:
    whole = everybody(there)
    there.sandbox.fault("withdrawn_rows", path=USERS, after=1, rows=2)
    assert whole - set(read()) == set(sorted(whole)[:2])


def test_rows_added_during_the_reading_are_read(there: AtCanvas) -> None:
    whole = everybody(there)
    there.sandbox.fault("inserted_rows", path=USERS, after=2, times=None, rows=2)
    assert set(read()) == whole


def test_a_list_that_keeps_changing_is_incomplete() -> None:
    numbers = count(1)

    def restless(asked: Asked) -> Reply:
        more = '<y>; rel="first"' if "page" in asked.path else '</api/v1/x?page=2>; rel="next"'
        return said([{"id": next(numbers)}], Link=more)

    with pytest.raises(SourceIncomplete, match="changes while it is read"):
        read_from(restless)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("missing_headers", "no links"),
        ("wrong_host_next", "another host"),
        ("redirect", "redirected"),
        ("next_past_end", "does not end"),
        ("envelope_missing", "not a list of records"),
    ],
)
def test_an_untrustworthy_page_is_refused(there: AtCanvas, fault: str, told: str) -> None:
    there.sandbox.fault(fault, path=USERS, times=None)
    with pytest.raises(SourceIncomplete, match=told):
        read()


@pytest.mark.parametrize("fault", ["wrong_host_next", "redirect"])
def test_a_token_never_reaches_another_host(there: AtCanvas, fault: str) -> None:
    there.sandbox.fault(fault, path=USERS, times=None)
    with pytest.raises(SourceIncomplete):
        read()
    assert there.sandbox.elsewhere() == []


@pytest.mark.parametrize("fault", ["429", "500", "502", "503", "truncated", "html_200", "html_500", "slow", "timeout"])
def test_a_list_is_complete_after_a_temporary_fault(there: AtCanvas, fault: str) -> None:
    whole = everybody(there)
    how = {"bytes": 8, "seconds": 0.5} if fault == "slow" else {"seconds": 1}
    there.sandbox.fault(fault, path=USERS, after=2, **how)
    assert set(read(replace(HURRY, body_seconds=2))) == whole


@pytest.mark.parametrize("fault", ["500", "truncated", "html_200"])
def test_a_lasting_fault_raises_a_retry_error(there: AtCanvas, fault: str) -> None:
    there.sandbox.fault(fault, path=USERS, after=2, times=None)
    with pytest.raises(SourceUnavailable):
        read()


@pytest.mark.parametrize(("fault", "error"), [("401", CredentialsRefused), ("403", CredentialsRefused)])
def test_a_refusal_in_the_middle_of_a_list_ends_the_reading(
    there: AtCanvas, fault: str, error: type[RollbookError]
) -> None:
    there.sandbox.fault(fault, path=USERS, after=2, times=None)
    with pytest.raises(error):
        read()


def test_a_forgotten_page_bookmark_raises_a_retry_error(there: AtCanvas) -> None:
    there.sandbox.fault("404", path=USERS, after=2)
    with pytest.raises(SourceUnavailable, match="deleted while the list was read"):
        read()


def test_a_record_without_an_id_is_refused() -> None:
    with pytest.raises(SourceIncomplete, match="not a list of records"):
        read_from(lambda _: said([{"name": "nobody"}], Link='<y>; rel="first"'))


def test_a_next_link_is_followed_unchanged_whatever_its_header_case() -> None:
    paths: list[str] = []

    def odd(asked: Asked) -> Reply:
        paths.append(asked.path)
        more = '</api/v1/x?page=bookmark:W1syXV0%3D&a=1,2>; rel="next",<z>; rel="last"'
        last = "page" in asked.path
        return said([{"id": 2 if last else 1}], lInK='<z>; rel="last"' if last else more)

    assert [row["id"] for row in read_from(odd).rows] == [1, 2]
    assert paths[1] == "/api/v1/x?page=bookmark:W1syXV0%3D&a=1,2"


def read_from(answer: Callable[[Asked], Reply]) -> Listed:
    """A list of a server that says what the test wants."""
    with (
        answering(answer) as vendor,
        Client("canvas", f"{vendor.url}/api/v1", Bearer("t"), RetryPolicy(**HURRIED)) as api,
    ):
        return read_list(api, "x", {})
