"""Read from an answer's headers how long a vendor asks us to wait. The case of header names does not matter."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from time import time

_BUCKET_LOW, _BUCKET_LEAKS = 100.0, 10.0  # Canvas's bucket: room for two open requests, and its leak per second
_EPOCH = 1_000_000_000  # a larger reset value is a Unix time, any other a number of seconds


def asked_wait(headers: Mapping[str, str]) -> float | None:
    """Return how many seconds the vendor asks us to wait; None if the headers do not say."""
    asked = headers.get("Retry-After", "").strip()
    if asked.isdigit():
        return float(asked)
    moment = _moment(asked)
    return max(0.0, moment - _now(headers)) if moment else until_reset(headers)


def pause(headers: Mapping[str, str], asking: int) -> float | None:
    """Return how many seconds to pause, so that the vendor refuses none of `asking` threads; None for no pause.

    If a window has fewer requests left than threads, the pause ends when the window resets. If a bucket (Canvas's) has
    no room for two requests, the pause ends when it has.
    """
    left = headers.get("X-RateLimit-Remaining", "")
    if left.isdigit() and int(left) < asking:
        return until_reset(headers)
    try:
        room = float(headers.get("X-Rate-Limit-Remaining", _BUCKET_LOW))
    except ValueError:
        return None
    return (_BUCKET_LOW - room) / _BUCKET_LEAKS if room < _BUCKET_LOW else None


def until_reset(headers: Mapping[str, str]) -> float | None:
    """Return how many seconds remain until the window of requests resets; None if the headers do not say."""
    reset = headers.get("X-RateLimit-Reset", "").strip()
    if not reset.isdigit():
        return None
    return max(0.0, float(reset) - _now(headers)) if int(reset) > _EPOCH else float(reset)


def _now(headers: Mapping[str, str]) -> float:
    """Return the vendor's time if its answer has a Date header, else ours: the two clocks may differ."""
    return _moment(headers.get("Date", "")) or time()


def _moment(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except ValueError:
        return None
