"""How long a vendor asks us to wait, as its answer's headers say it. Their names compare without case."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from time import time

_EPOCH = 1_000_000_000  # a larger number is a moment, a smaller one a number of seconds


def asked_wait(headers: Mapping[str, str]) -> float | None:
    """How many seconds the vendor asks us to wait; None when it does not say."""
    asked = headers.get("Retry-After", "").strip()
    if asked.isdigit():
        return float(asked)
    moment = _moment(asked)
    return max(0.0, moment - _now(headers)) if moment else until_reset(headers)


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
