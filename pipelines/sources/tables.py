"""What a reader returns for a source's file: its rows as text, the lines that could not become rows, and facts.

The readers and validate share these types, because they must not import each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

TEXT = pa.dictionary(pa.int32(), pa.string())  # one code per distinct value: rules check values, not cells


@dataclass(frozen=True)
class Problem:
    """A line that could not become a row, or a cell that a spreadsheet has mangled. The line is not among the rows.

    `code` is one of `schemas.rules.RULES`. `raw` is the row as read, for quarantine only and never logged.
    """

    line: int
    column: str | None
    code: str
    raw: dict[str, str]


@dataclass(frozen=True)
class Table:
    """The content of one file.

    `rows` has one TEXT column per field of ours that the file has. An absent optional field has no column; an empty
    cell is "". `rows` also has `line`, int32: the line or sheet row on which the row begins; the header of a plain file
    is line 1. `received` counts data lines: rows and problems. `facts` appear in the report and hold no row's values.
    """

    name: str
    rows: pa.Table
    problems: tuple[Problem, ...]
    received: int
    facts: dict[str, Any]
