"""The last line of some exports: not a row, but the count of rows, by which a whole file is told from a cut one."""

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
    """A trailer line; `rows` is None when it says only that the file ends here."""

    rows: int | None


def read_trailer(line: str) -> Trailer | None:
    """Understand a line as a trailer, or return None: then it is a row like any other."""
    if line.count('"') % 2:
        return None  # the end of a quoted field that spans lines
    if counted := _COUNTED.fullmatch(line):
        return Trailer(int(counted[1]))
    return Trailer(None) if _BARE.fullmatch(line) else None
