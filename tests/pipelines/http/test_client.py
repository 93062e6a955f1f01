from __future__ import annotations

import gzip
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email.utils import formatdate
from time import monotonic

import pytest

from pipelines.errors import (
    ContractBroken,
    CredentialsRefused,
    RollbookError,
    SettingsInvalid,
    SourceIncomplete,
    SourceUnavailable,
)
from pipelines.http.client import Bearer, Client
from pipelines.http.retry_policy import RetryPolicy
from tests.answering import Asked, Reply, answering, said

HURRIED = RetryPolicy(attempts=3, backoff_seconds=0.01, longest_wait=2)
SECRET = "unmistakable-secret"
PAGE = Reply(body=b"<html><body>Maintenance</body></html>", headers={"Content-Type": "text/html"})
FINE = said({"data": []})


def client(url: str, retry_policy: RetryPolicy = HURRIED) -> Client:
    return Client("vendor", url, Bearer(SECRET), retry_policy)


@pytest.mark.parametrize(
    "first",
    [
        PAGE,
        Reply(500),
        Reply(502, PAGE.body),
        Reply(503),
        Reply(drop=True),
        Reply(body=b'{"data": [', promised=400),
        Reply(body=b'{"data": ['),
        Reply(body=b""),
        Reply(body=b"[" * 200_000),
        Reply(body=FINE.body, pieces=(1, 0.2)),
        Reply(429, b"", {}),
    ],
    ids=["html", "500", "502", "503", "dropped", "truncated", "half", "empty", "deep", "dripping", "429"],
)
def test_a_passing_failure_is_retried(first: Reply) -> None:
    hurried = replace(HURRIED, body_seconds=1.5) if first.pieces else HURRIED
    with answering([first, FINE]) as vendor, client(vendor.url, hurried) as api:
        assert api.get("users").document == {"data": []}
        counts = api.usage()
    assert len(vendor.asked) == 2
    assert (counts["requests"], counts["retries"]) == (2, 1)
    assert counts["seconds"] >= counts["waited_seconds"] > 0


@pytest.mark.parametrize("always", [PAGE, Reply(500), Reply(drop=True), Reply(429, b"", {})])
def test_a_failure_that_persists_raises_source_unavailable_after_all_attempts(always: Reply) -> None:
    with answering([always]) as vendor, client(vendor.url) as api, pytest.raises(SourceUnavailable):
        api.get("users")
    assert len(vendor.asked) == 3


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, ContractBroken),
        (401, CredentialsRefused),
        (403, CredentialsRefused),
        (404, ContractBroken),
        (413, ContractBroken),
        (501, ContractBroken),
    ],
)
def test_a_refusal_is_not_retried(status: int, error: type[RollbookError]) -> None:
    with (
        answering([Reply(status, b'{"message": "no"}'), FINE]) as vendor,
        client(vendor.url) as api,
        pytest.raises(error),
    ):
        api.get("users")
    assert len(vendor.asked) == 1


def test_an_expected_refusal_is_returned() -> None:
    with answering([Reply(413, b"too much")]) as vendor, client(vendor.url) as api:
        answer = api.get("users", {"limit": 10_000}, expected={413})
    assert (answer.status, answer.document) == (413, None)


def test_a_redirect_is_not_followed_even_to_the_same_host() -> None:
    moved = Reply(302, b"", {"Location": "/elsewhere"})
    with answering([moved]) as vendor, client(vendor.url) as api, pytest.raises(SourceIncomplete, match="redirected"):
        api.get("users")
    assert [one.path for one in vendor.asked] == ["/users"]


def test_a_token_is_never_sent_to_another_host() -> None:
    with answering([FINE]) as other, answering([FINE]) as vendor, client(vendor.url) as api:
        strange = other.url.removeprefix("http:")
        host = vendor.url.removeprefix("http://")
        links = [
            f"{other.url}/users",
            f"{strange}/users",
            f"http://{host}@{strange[2:]}/users",
            f"http://{strange[2:]}\\@{host}/users",
            f"https://{host}/users",
            f"ftp://{host}/users",
            f"http://{host.replace('127.0.0.1', 'localhost')}/users",
            "http://vendor.example/users",
            "https://[broken/users",
        ]
        for link in links:
            with pytest.raises(SourceIncomplete):
                api.get(link)
    assert other.asked == vendor.asked == []


def test_a_target_with_a_leading_slash_is_joined_to_the_host_and_any_other_to_the_base() -> None:
    with answering([FINE]) as vendor, client(f"{vendor.url}/v3.1") as api:
        api.get("users")
        api.get("/v3.1/users?limit=1", {"more": "yes"})
        api.get(f"{vendor.url}/v3.1/terms")
    assert [one.path for one in vendor.asked] == ["/v3.1/users", "/v3.1/users?limit=1&more=yes", "/v3.1/terms"]
    assert {one.headers["Authorization"] for one in vendor.asked} == {f"Bearer {SECRET}"}


@pytest.mark.parametrize("base", ["http://vendor.example", "vendor.example", "ftp://127.0.0.1", "https://a@b", ""])
def test_a_base_without_https_is_refused_unless_it_is_loopback(base: str) -> None:
    with pytest.raises(SettingsInvalid):
        client(base)


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry-After": "1"},
        {"Date": formatdate(2_000_000_000, usegmt=True), "Retry-After": formatdate(2_000_000_001, usegmt=True)},
        {"X-Ratelimit-Remaining": "0", "x-ratelimit-reset": "1"},
        {"Date": formatdate(2_000_000_000, usegmt=True), "X-RateLimit-Reset": "2000000001"},
    ],
    ids=["seconds", "date", "seconds of a window", "moment"],
)
def test_the_client_waits_as_long_as_a_throttled_answer_asks(headers: dict[str, str]) -> None:
    with answering([Reply(429, b"", headers), FINE]) as vendor, client(vendor.url) as api:
        began = monotonic()
        api.get("users")
        assert monotonic() - began > 0.9
        assert 0.9 < api.usage()["waited_seconds"] < 1.9


def test_a_very_long_wait_is_capped() -> None:
    hurried = RetryPolicy(attempts=3, longest_wait=0.05, backoff_seconds=0.01)
    with answering([Reply(429, b"", {"Retry-After": "86400"}), FINE]) as vendor, client(vendor.url, hurried) as api:
        api.get("users")
        assert api.usage()["waited_seconds"] < 1


def test_the_client_waits_for_the_next_window_before_a_throttle() -> None:
    spent = said({}, **{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"})
    with answering([spent, FINE]) as vendor, client(vendor.url) as api:
        api.get("users")
        began = monotonic()
        api.get("users")
        assert monotonic() - began > 0.9
        assert api.usage()["retries"] == 0
        assert api.usage()["waited_seconds"] > 0.9


def test_a_vendors_own_form_of_throttle_is_recognised() -> None:
    throttle = Reply(403, b"403 Forbidden (Rate Limit Exceeded)", {})
    with answering([throttle, FINE]) as vendor:
        api = Client("v", vendor.url, None, HURRIED, is_throttled=lambda code, body: code == 403 and b"Rate" in body)
        assert api.get("users").document == {"data": []}


def test_an_answer_that_is_too_large_is_refused() -> None:
    small = RetryPolicy(body_bytes=1000)
    packed = Reply(body=gzip.compress(b" " * 1_000_000), headers={"Content-Encoding": "gzip"})
    for endless in (Reply(body=b" " * 100_000), packed):
        with answering([endless]) as vendor, client(vendor.url, small) as api, pytest.raises(ContractBroken):
            api.get("users")
        assert len(vendor.asked) == 1


def test_refused_credentials_are_renewed_once_for_all_threads() -> None:
    renewed = []

    def renew() -> Bearer:
        renewed.append(1)
        return Bearer("new")

    def answer(asked: Asked) -> Reply:
        return FINE if asked.headers["Authorization"] == "Bearer new" else Reply(401, b"{}")

    with answering(answer) as vendor, Client("v", vendor.url, Bearer("old"), HURRIED, renew) as api:
        together = threading.Barrier(4)

        def ask(_: int) -> int:
            together.wait()
            return api.get("users").status

        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(ask, range(4))) == [200] * 4
    assert renewed == [1]


def test_credentials_that_are_refused_after_renewal_raise_credentials_refused() -> None:
    with answering([Reply(401)]) as vendor, pytest.raises(CredentialsRefused):
        Client("v", vendor.url, None, HURRIED, lambda: Bearer("new")).get("users")
    assert len(vendor.asked) == 2


def test_each_thread_reuses_a_connection_of_its_own() -> None:
    with answering([FINE]) as vendor, client(vendor.url) as api:
        with ThreadPoolExecutor(3) as pool:
            assert len(list(pool.map(lambda _: api.get("users"), range(30)))) == 30
        assert 1 <= len(api._sessions) <= 3
        assert api.usage()["requests"] == 30


def test_post_sends_a_form() -> None:
    with answering([FINE]) as vendor, client(vendor.url) as api:
        api.post("/token", {"grant_type": "client_credentials"})
    assert vendor.asked[0].method == "POST"
    assert vendor.asked[0].body == b"grant_type=client_credentials"


@pytest.mark.parametrize(
    "reply",
    [
        Reply(500, f"{SECRET} Ada Okafor".encode()),
        Reply(400, f'{{"message": "{SECRET} Ada Okafor"}}'.encode()),
        Reply(drop=True),
        Reply(302, b"", {"Location": f"http://127.0.0.1:9/{SECRET}"}),
        Reply(401, SECRET.encode()),
    ],
)
def test_errors_and_logs_quote_nothing_of_an_answer_or_a_query(reply: Reply, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with answering([reply]) as vendor, client(vendor.url) as api, pytest.raises(RollbookError) as raised:
        api.get(f"users?email={SECRET}")
    assert raised.value.__suppress_context__ or raised.value.__context__ is None
    shown = repr(raised.value) + "".join(one.getMessage() for one in caplog.records if one.name.startswith("pipelines"))
    assert SECRET not in shown
    assert "Okafor" not in shown


def test_a_request_that_is_not_repeatable_is_not_retried_after_a_failure() -> None:
    with answering([Reply(502)]) as vendor, client(vendor.url) as api:
        with pytest.raises(SourceUnavailable):
            api.send("POST", "columns", {"name": "Quiz"}, repeatable=False)
        assert len(vendor.asked) == 1
        with pytest.raises(SourceUnavailable):
            api.send("PUT", "columns/1", {"name": "Quiz"})
        assert len(vendor.asked) == 1 + HURRIED.attempts


def test_a_throttled_request_is_retried_even_if_it_is_not_repeatable() -> None:
    with answering([Reply(429, b""), said({"id": 7})]) as vendor, client(vendor.url) as api:
        assert api.send("POST", "columns", {"name": "Quiz"}, repeatable=False).document == {"id": 7}
        assert [one.body for one in vendor.asked] == [b'{"name": "Quiz"}'] * 2
