"""What goes wrong, by name, at which request. Faults that concern rows are answered by the vendor's own pages.

name               what happens
401 403 404 413    the vendor's own refusal, with its own body (any status of 4xx or 5xx)
429                too many requests, as this vendor says it; `seconds` until the window opens again (1)
500 502 503        the vendor's own failure
timeout            no answer for `seconds` (3600)
slow               the body drips: `bytes` (64) at a time, `seconds` (0.2) apart
truncated          the body ends early; Content-Length promises all of it
html_200 html_500  a page of HTML where JSON belongs
redirect           302 to another host
job_dies           a bulk update of Canvas breaks off after `students` (1) of them
job_stuck          a bulk update of Canvas stays queued for ever, and so does whatever comes after it in its course

Those above the last two may also strike late: with `performed=1` what was asked is done first, and then answered so.

duplicate_rows     a page that isn't the first begins with the last `rows` (1) of the page before
inserted_rows      `rows` (1) at the front appear from this request on: everything shifts towards the end
withdrawn_rows     `rows` (1) at the front vanish from this request on: everything shifts towards the front
clamped_limit      a page never has more than `limit` (500) rows, whatever was asked for
missing_headers    no Link, no total; at Clever no links
wrong_host_next    the next page is said to be at another host
next_past_end      there is always a next page
perm_rev           x-perm-rev changes from this request on
empty              200, and no rows
envelope_missing   200, and the key that holds the rows is missing
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.vendors.account import Account
from sandbox.vendors.collection import Collection

ACCIDENTS = ("timeout", "slow", "truncated", "html_200", "html_500", "redirect")
OF_JOBS = ("job_dies", "job_stuck")
OF_ROWS = (
    "duplicate_rows",
    "inserted_rows",
    "withdrawn_rows",
    "clamped_limit",
    "missing_headers",
    "wrong_host_next",
    "next_past_end",
    "perm_rev",
    "empty",
    "envelope_missing",
)


@dataclass(frozen=True)
class Fault:
    """One fault, switched on. Of the requests it matches, it lets `after` pass and strikes `times` (None: all)."""

    name: str
    server: str | None = None
    path: str = ""  # a part of path and query
    method: str | None = None
    after: int = 0
    times: int | None = 1
    values: Mapping[str, float | str] = field(default_factory=dict)
    seen: int = 0
    struck: int = 0

    def number(self, name: str, usual: float) -> float:
        return float(self.values.get(name, usual))

    def matches(self, server: str, method: str, path: str) -> bool:
        return self.server in (None, server) and self.method in (None, method) and self.path in path


@dataclass(frozen=True)
class Struck:
    """What strikes one request; `waiting` are faults that match it and have let it pass."""

    faults: dict[str, Fault] = field(default_factory=dict)
    waiting: dict[str, Fault] = field(default_factory=dict)
    elsewhere: str = ""

    def has(self, name: str) -> bool:
        return name in self.faults

    def limit(self, asked: int) -> int:
        """The number of rows a page gets."""
        fault = self.faults.get("clamped_limit")
        return min(asked, int(fault.number("limit", 500))) if fault else asked

    def repeated(self) -> int:
        """How many rows of the page before stand on this one again."""
        fault = self.faults.get("duplicate_rows")
        return int(fault.number("rows", 1)) if fault else 0

    def tamper(self, account: Account, key: Any, collection: Collection) -> Collection:
        """The rows as this request finds them."""
        appear = self.faults.get("inserted_rows")
        if self.has("perm_rev") or self.has("withdrawn_rows") or (appear and appear.struck == 1):
            account.revision += 1  # where rows really change, ClassLink says so
        if self.has("empty"):
            return collection.take(())
        if hidden := self.waiting.get("inserted_rows"):
            return collection.take(range(int(hidden.number("rows", 1)), len(collection)))
        if fault := self.faults.get("withdrawn_rows"):
            collection = collection.take(range(int(fault.number("rows", 1)), len(collection)))
            account.replace(key, collection)
        return collection


class Box:
    """All faults that are switched on, and the requests that came, without their credentials."""

    def __init__(self) -> None:
        self.elsewhere = ""
        self.faults: list[Fault] = []
        self.requests: deque[tuple[str, str, str]] = deque(maxlen=100_000)
        self._lock = threading.Lock()

    def switch_on(self, fault: Fault) -> None:
        known = (*ACCIDENTS, *OF_JOBS, *OF_ROWS)
        if fault.name not in known and fault.name not in _STATUSES:
            raise ValueError(f"no fault {fault.name!r}; known: a status, {', '.join(known)}")
        with self._lock:
            self.faults.append(fault)

    def switch_off(self) -> None:
        with self._lock:
            self.faults.clear()
            self.requests.clear()

    def strike(self, server: str, method: str, path: str) -> Struck:
        """Note a request, and tell what strikes it."""
        struck = Struck(elsewhere=self.elsewhere)
        with self._lock:
            self.requests.append((server, method, path))
            for at, fault in enumerate(self.faults):
                if fault.matches(server, method, path):
                    self.faults[at] = self._strike_one(fault, struck)
        return struck

    def _strike_one(self, fault: Fault, struck: Struck) -> Fault:
        seen = replace(fault, seen=fault.seen + 1)
        if seen.seen <= fault.after:
            struck.waiting[fault.name] = seen
        elif fault.times is None or fault.struck < fault.times:
            seen = replace(seen, struck=fault.struck + 1)
            struck.faults[fault.name] = seen
        return seen


_STATUSES = {str(status) for status in range(400, 600)}
