from __future__ import annotations

from time import time

import pytest
from requests.structures import CaseInsensitiveDict

from pipelines.http.rate_limit import asked_wait, pause, until_reset

NOON, LATER = "Tue, 24 Nov 2026 12:00:00 GMT", "Tue, 24 Nov 2026 12:00:30 GMT"
NOON_SECONDS = 1_795_521_600


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": LATER, "Date": NOON}, 30),
        ({"Retry-After": NOON, "Date": LATER}, 0),
        ({"Retry-After": "soon", "X-RateLimit-Reset": "12"}, 12),
        ({"X-Ratelimit-Reset": str(NOON_SECONDS + 5), "date": NOON}, 5),
        ({"X-RateLimit-Reset": "soon"}, None),
        ({}, None),
    ],
)
def test_the_wait_is_read_from_the_headers(headers: dict[str, str], seconds: float | None) -> None:
    assert asked_wait(CaseInsensitiveDict(headers)) == seconds


def test_a_reset_without_the_vendors_date_is_compared_with_our_clock() -> None:
    wait = until_reset({"X-RateLimit-Reset": str(int(time()) + 20)})
    assert wait is not None
    assert 18 < wait <= 20


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"X-Rate-Limit-Remaining": "599.3"}, None),
        ({"X-Rate-Limit-Remaining": "40.5"}, 5.95),
        ({"X-Rate-Limit-Remaining": "plenty"}, None),
        ({"X-RateLimit-Remaining": "1", "X-RateLimit-Reset": "7"}, 7.0),
        ({"X-RateLimit-Remaining": "500", "X-RateLimit-Reset": "7"}, None),
    ],
)
def test_the_client_pauses_for_a_low_bucket_or_a_used_window(headers: dict[str, str], wait: float | None) -> None:
    assert pause(headers, asking=2) == wait
