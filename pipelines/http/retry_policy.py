"""How long a vendor is waited for."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import ConfigDict


@dataclass(frozen=True)
class RetryPolicy:
    """How long one request may take, how much may come, and how often it is asked again. A source may set it."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    connect_seconds: float = 10
    silent_seconds: float = 90  # between two bytes
    body_seconds: float = 300  # a body that drips is not waited for
    body_bytes: int = 256 << 20
    attempts: int = 7
    backoff_seconds: float = 1  # doubled each time, with jitter
    longest_wait: float = 120  # no window is longer than a minute
    in_all_seconds: float = 1800  # one request with everything that is waited for


IMPATIENT = RetryPolicy(silent_seconds=15, attempts=2, in_all_seconds=30)  # while a person waits for the answer
