"""What a reader makes of a source's file: its rows as text, the lines that could not become rows, and what was noticed.

Shared by the readers and by validate, which must not import each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

TEXT = pa.dictionary(pa.int32(), pa.string())  # one code per distinct value: rules look at values, not at cells


@dataclass(frozen=True)
class Problem:
    """A line that could not become a row, or a cell that a spreadsheet has mangled. It is not among the rows.

    `code` is one of `schemas.rules.RULES`; `raw` is the row as read, for quarantine only and never logged.
    """

    line: int
    column: str | None
    code: str
    raw: dict[str, str]


@dataclass(frozen=True)
class Table:
    """One file, read.

    `rows` has one TEXT column per field of ours that the file has (an absent optional field has no column; an empty
    cell is "") and `line`, int32, the line or sheet row on which the row begins; the header of a plain file is 1.
    `received` counts data lines: rows and problems. `facts` are announced in the report and hold no row's values.
    """

    name: str
    rows: pa.Table
    problems: tuple[Problem, ...]
    received: int
    facts: dict[str, Any]
