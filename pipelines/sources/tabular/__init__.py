"""Reads one file of rows, whatever its format: the same content gives the same rows (GC-08).

`kind.py` tells what a file is by its content, `delimited.py` and `workbook.py` read it, `completeness.py` tells whether
it is whole. Text goes through `encoding.py` and `records.py`; workbooks through `xls.py`, or `xlsx.py` with
`package.py` and `formats.py`, as a `sheet.py`; `header.py`, `trailer.py` and `assemble.py` serve all.
"""

from __future__ import annotations

from pathlib import Path, PurePath

from pipelines.sources.tables import Table
from pipelines.sources.tabular import delimited, workbook
from pipelines.sources.tabular.header import Columns
from pipelines.sources.tabular.kind import sniff

__all__ = ["Columns", "read"]

_CALLED = {".csv": "text", ".tsv": "text", ".txt": "text", ".xls": "xls", ".xlsx": "xlsx"}


def read(path: Path, name: str, columns: Columns) -> Table:
    """Read a local file; `name` is what it was delivered as. Raises `ContractBroken` or `SourceIncomplete`."""
    kind = sniff(path, name)
    table = delimited.read(path, name, columns) if kind == "text" else workbook.read(path, name, kind, columns)
    suffix = PurePath(name).suffix.lower()
    if suffix in _CALLED and _CALLED[suffix] != kind:
        table.facts["called"] = suffix  # its name says otherwise, and its content was believed
    return table
