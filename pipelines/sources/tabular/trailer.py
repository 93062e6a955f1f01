"""Read the last line of some exports: it holds the count of rows, which distinguishes a whole file from a cut one."""

from __future__ import annotations

import re
from dataclasses import dataclass

# `#EOF,350000`, `TRAILER|350000`, `"EOF";"350000"`, `TOTAL 350000`, `END OF FILE: 350000`, or a bare `#EOF`
_COUNTED = re.compile(
    r"\W*(?:EOF|TRAILER|TRL|TOTAL|END)(?:[\s_]+(?:OF[\s_]+FILE|ROWS|RECORDS|COUNT))?\W+(\d{1,10})\W*", re.I | re.ASCII
)
_BARE = re.compile(r"\W*(?:EOF|TRAILER|TRL|END[\s_]+OF[\s_]+FILE)\W*", re.I | re.ASCII)


@dataclass(frozen=True)
class Trailer:
    """A trailer line; `rows` is None if the line marks only the end of the file."""

    rows: int | None


def read_trailer(line: str) -> Trailer | None:
    """Return a line's trailer, or None if the line is an ordinary row."""
    if line.count('"') % 2:
        return None  # the end of a quoted field that spans lines
    if counted := _COUNTED.fullmatch(line):
        return Trailer(int(counted[1]))
    return Trailer(None) if _BARE.fullmatch(line) else None
