"""Set the limits of a request: time, size and retries."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import ConfigDict


@dataclass(frozen=True)
class RetryPolicy:
    """How long one request may take, how many bytes may come, and how often it is retried.

    A source's settings may set these values.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    connect_seconds: float = 10
    silent_seconds: float = 90  # between two bytes
    body_seconds: float = 300  # for the whole body: a body that comes in drips is given up
    body_bytes: int = 256 << 20
    attempts: int = 7
    backoff_seconds: float = 1  # doubled at each retry, with jitter
    longest_wait: float = 120  # seconds; no vendor's window is longer than a minute
    in_all_seconds: float = 1800  # one request with all its retries and waits


IMPATIENT = RetryPolicy(silent_seconds=15, attempts=2, in_all_seconds=30)  # while a person waits for the answer
