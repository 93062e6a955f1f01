"""Reads one file of rows, whatever its format: the same content gives the same rows (GC-08).

`kind.py` tells what a file is by its content, `delimited.py` and `workbook.py` read it, `completeness.py` tells whether
it is whole; `encoding.py`, `records.py`, `header.py` and `trailer.py` serve them.
"""

from __future__ import annotations

from pathlib import Path

from pipelines.sources.tabular import delimited
from pipelines.sources.tabular.header import Columns
from pipelines.tables import Table

__all__ = ["Columns", "read"]


def read(path: Path, name: str, columns: Columns) -> Table:
    """Read a local file; `name` is what it was delivered as. Raises `ContractBroken` or `SourceIncomplete`."""
    return delimited.read(path, name, columns)
