"""Read one file of rows in any of the formats: the same content gives the same rows (GC-08).

`kind.py` detects a file's format by its content. `delimited.py` and `workbook.py` read the file. `completeness.py`
checks whether the file is complete. Text is read with `encoding.py` and `records.py`. Workbooks are read with `xls.py`,
or with `xlsx.py`, `package.py` and `formats.py`; both give the types of `sheet.py`. All formats use `header.py`,
`trailer.py` and `assemble.py`.
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
    """Read a local file; `name` is its name as delivered. Raises `ContractBroken` or `SourceIncomplete`."""
    kind = sniff(path, name)
    table = delimited.read(path, name, columns) if kind == "text" else workbook.read(path, name, kind, columns)
    suffix = PurePath(name).suffix.lower()
    if suffix in _CALLED and _CALLED[suffix] != kind:
        table.facts["called"] = suffix  # the name's suffix is of another format; the content decided
    return table
