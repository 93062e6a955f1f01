"""Write a snapshot's pages as lines, so that thousands of small lists fit into a few files, and read them back.

A page stays as received, except that its line breaks become spaces.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

WRAPPED = "enrollment_terms"  # the only list that Canvas puts under a key
_FULL = 16 << 20


class Parts:
    """The parts that a pull writes into a folder, by collection. No part grows much beyond 16 MB."""

    def __init__(self, to: Path) -> None:
        self._to = to
        self._numbers: dict[str, int] = {}
        self.files: dict[str, Path] = {}

    def add(self, collection: str, pages: Iterable[bytes]) -> None:
        """Append pages to a collection's newest part."""
        for page in pages:
            with self._open(collection).open("ab") as part:
                # JSON allows a space for a line break between tokens, and no raw line break within a string.
                part.write(page.replace(b"\r", b" ").replace(b"\n", b" ") + b"\n")

    def _open(self, collection: str) -> Path:
        number = self._numbers.setdefault(collection, 1)
        path = self._path(collection, number)
        if path.exists() and path.stat().st_size >= _FULL:
            self._numbers[collection] = number + 1
            path = self._path(collection, number + 1)
        self.files[path.name] = path
        return path

    def _path(self, collection: str, number: int) -> Path:
        return self._to / f"{collection}-{number:05}.jsonl"


def records_of(files: Mapping[str, Path], collection: str) -> Iterator[dict[str, Any]]:
    """Yield a collection's records from a snapshot, with one page in memory at a time."""
    for name in sorted(name for name in files if name.partition("-")[0] == collection):
        with files[name].open("rb") as part:
            for line in part:
                yield from _rows(json.loads(line))


def _rows(page: Any) -> list[dict[str, Any]]:
    """Return a page's records: the page is a list, a list under the key WRAPPED, or a single record."""
    if isinstance(page, dict):
        page = page.get(WRAPPED, [page])
    rows: list[dict[str, Any]] = page
    return rows
