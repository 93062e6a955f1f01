"""What the sections of docs/performance.md have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def table(header: Sequence[str], body: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table's lines, and the empty one after it."""
    yield f"| {' | '.join(header)} |"
    yield f"|{'---|' * len(header)}"
    yield from (f"| {' | '.join(line)} |" for line in body)
    yield ""


def shared(machine: Mapping[str, Any]) -> str:
    """What is to be said of a machine that had other work, too."""
    busy = machine["load_before"][0] > machine["cores"] / 4
    return ": the machine was shared, so trust the ratios more than the seconds" if busy else ""
