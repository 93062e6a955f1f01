"""How long a vendor asks us to wait, as its answer's headers say it. Their names compare without case."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from time import time

_BUCKET_LOW, _BUCKET_LEAKS = 100.0, 10.0  # Canvas: room for two requests under way, and what leaks in a second
_EPOCH = 1_000_000_000  # a larger number is a moment, a smaller one a number of seconds


def asked_wait(headers: Mapping[str, str]) -> float | None:
    """How many seconds the vendor asks us to wait; None when it does not say."""
    asked = headers.get("Retry-After", "").strip()
    if asked.isdigit():
        return float(asked)
    moment = _moment(asked)
    return max(0.0, moment - _now(headers)) if moment else until_reset(headers)


def pause(headers: Mapping[str, str], asking: int) -> float | None:
    """How long to pause before the next request, so that `asking` threads are not refused; None: not at all.

    A window is waited out before its last few requests; a bucket (Canvas's) until it has room for two.
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
    """How many seconds until the window of requests opens again; None when nobody says."""
    reset = headers.get("X-RateLimit-Reset", "").strip()
    if not reset.isdigit():
        return None
    return max(0.0, float(reset) - _now(headers)) if int(reset) > _EPOCH else float(reset)


def _now(headers: Mapping[str, str]) -> float:
    """The vendor's own clock where it tells it: ours may go differently."""
    return _moment(headers.get("Date", "")) or time()


def _moment(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except ValueError:
        return None
