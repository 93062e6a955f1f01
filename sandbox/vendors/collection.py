"""Rows as rendered JSON in one piece of memory: a page is a slice of it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec
import numpy as np

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, eq=False)
class Collection:
    """Rendered rows, joined by commas, and the id of each. `sorted_ids` promises that ids ascend."""

    ids: list[str]
    body: bytes
    starts: np.ndarray  # int64; where each row begins, and one past the comma of the last

    def __len__(self) -> int:
        return len(self.ids)

    def page(self, start: int, stop: int) -> bytes:
        """The rows from `start` to `stop`, ready to stand between brackets."""
        start, stop = max(0, start), min(len(self.ids), stop)
        return self.body[self.starts[start] : self.starts[stop] - 1] if stop > start else b""

    def row(self, at: int) -> bytes:
        return self.page(at, at + 1)

    def find(self, row_id: str) -> int | None:
        """The position of an id, where ids ascend."""
        at = bisect_left(self.ids, row_id)
        return at if at < len(self.ids) and self.ids[at] == row_id else None

    def after(self, row_id: str) -> int:
        """The position of the first row after an id, known or not, where ids ascend."""
        return bisect_right(self.ids, row_id)

    def before(self, row_id: str) -> int:
        """The number of rows before an id, known or not, where ids ascend."""
        return bisect_left(self.ids, row_id)

    def take(self, rows: Iterable[int]) -> Collection:
        """These rows, in this order."""
        rows = list(rows)
        return join((self.ids[at], self.row(at)) for at in rows)


def join(rows: Iterable[tuple[str, bytes]]) -> Collection:
    """A collection of rendered rows."""
    ids, pieces, lengths = [], [], [0]
    for row_id, piece in rows:
        ids.append(row_id)
        pieces.append(piece)
        lengths.append(len(piece) + 1)
    return Collection(ids, b",".join(pieces) + b",", np.cumsum(np.array(lengths, np.int64)))


def encode(value: object) -> bytes:
    """Any value as JSON."""
    return _encode(value)
