"""What a night asks of a source, and what the source brings back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Bookmark:
    """What the newest night that was applied left of a source.

    `facts` are those that its pull brought back; `rows` were received, None when they can't be compared (another
    layout); `files` opens its snapshot, None when that is not kept any more.
    """

    facts: Mapping[str, Any]
    rows: int | None
    files: Callable[[], AbstractContextManager[Mapping[str, Path]]] | None


@dataclass(frozen=True)
class ExtractRequest:
    """What a night asks of a source: its delivery for `as_of`, as files in the empty folder `to`."""

    district_id: str
    as_of: date
    to: Path
    last: Bookmark | None = None


@dataclass(frozen=True)
class ExtractResult:
    """What a source brought back: local files by their names as delivered.

    `facts` hold no row's values: requests, seconds, a cursor or a revision for the next pull. Under `warnings` stand
    sentences for a person: what is no reason to stop, such as data that the vendor has frozen. `unchanged`: the source
    itself says that nothing is new since the last night, and no file was fetched.
    """

    files: Mapping[str, Path]
    facts: Mapping[str, Any] = field(default_factory=dict)
    unchanged: bool = False
