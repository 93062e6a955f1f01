"""The contract between a run and a source: what the run requests, and what the source returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Bookmark:
    """What the newest applied run recorded about a source.

    `facts` are the facts that its pull returned. `rows` is the number of rows received; None if it can't be compared
    (another layout). `files` opens its snapshot; None if the snapshot no longer exists.
    """

    facts: Mapping[str, Any]
    rows: int | None
    files: Callable[[], AbstractContextManager[Mapping[str, Path]]] | None


@dataclass(frozen=True)
class ExtractRequest:
    """What a run requests from a source: its delivery for `as_of`, as files in the empty folder `to`."""

    district_id: str
    as_of: date
    to: Path
    last: Bookmark | None = None


@dataclass(frozen=True)
class ExtractResult:
    """What a source returned: local files by their names as delivered.

    `facts` contain no row's values: requests, seconds, a cursor or a revision for the next pull. `facts["warnings"]`
    holds sentences for a person about what does not stop the run, such as data that the vendor has frozen.
    `unchanged`: the source itself reports no change since the last run, and no file was fetched.
    """

    files: Mapping[str, Path]
    facts: Mapping[str, Any] = field(default_factory=dict)
    unchanged: bool = False
