"""Tables of docs/performance.md."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def table(header: Sequence[str], body: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table's lines, and the empty one after it."""
    yield f"| {' | '.join(header)} |"
    yield f"|{'---|' * len(header)}"
    yield from (f"| {' | '.join(line)} |" for line in body)
    yield ""
