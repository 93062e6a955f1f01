"""A token's leaky bucket: calls one after the other never fill it, a dozen at once do."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

FULL = 600.0
_LEAK = 10.0  # a second
_RESERVED = 50.0  # while a request is under way
_COST = 0.05  # of a request, once it is known


@dataclass
class Bucket:
    """How full it is, and since when."""

    level: float = 0.0
    at: float = field(default_factory=time.monotonic)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def remaining(self) -> float:
        return FULL - self.level

    @contextmanager
    def hold(self) -> Iterator[bool]:
        """Whether there is room for a request; if so, some is reserved until it is done."""
        with self._lock:
            now = time.monotonic()
            self.level = max(0.0, self.level - (now - self.at) * _LEAK)
            self.at, room = now, self.level < FULL
            self.level += _RESERVED * room
        try:
            yield room
        finally:
            with self._lock:
                self.level -= (_RESERVED - _COST) * room

    @property
    def headers(self) -> dict[str, str]:
        return {"X-Request-Cost": str(_COST), "X-Rate-Limit-Remaining": str(round(self.remaining, 4))}
