"""Turn landed pages into tables under the CSV binding's names, with one page in memory at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipelines.sources.classlink.pages import records_of
from pipelines.sources.classlink.pull import COLLECTIONS
from pipelines.sources.classlink.records import FIELDS, rows_of
from pipelines.sources.rows_of_text import coded, filtered
from pipelines.sources.tables import TEXT, Table
from pipelines.sources.tabular.assemble import combined, int32s

_KINDS = {"users": ("users", "roles")}
_TOMBSTONES = frozenset({"tobedeleted", "inactive"})
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def read_tables(files: Mapping[str, Path], collections: Sequence[str] = COLLECTIONS) -> dict[str, Table]:
    """Return the tables of a snapshot's parts, by kind. A record's line is its running number in its collection."""
    tables: dict[str, Table] = {}
    for collection in collections:
        found = _read_collection(collection, files)
        tables |= _latest(collection, found)
    return tables


def _read_collection(collection: str, files: Mapping[str, Path]) -> dict[str, Table]:
    kinds = _KINDS.get(collection, (collection,))
    pieces: dict[str, list[pa.Table]] = {kind: [] for kind in kinds}
    line = 0
    for part in sorted(name for name in files if name.startswith(f"{collection}-")):
        rows: dict[str, list[tuple[str, ...]]] = {kind: [] for kind in kinds}
        lines: dict[str, list[int]] = {kind: [] for kind in kinds}
        for record in records_of(files[part], collection):
            line += 1
            for kind, row in rows_of(collection, record, line):
                rows[kind].append(row)
                lines[kind].append(line)
        for kind in kinds:
            pieces[kind].append(_table(FIELDS[kind], rows[kind], lines[kind]))
    made = {kind: combined(pieces[kind], FIELDS[kind]) for kind in kinds}
    return {kind: Table(f"{kind}.json", rows, (), rows.num_rows, {}) for kind, rows in made.items()}


def _table(fields: tuple[str, ...], rows: list[tuple[str, ...]], lines: list[int]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [() for _ in fields]
    made = {name: pa.array(column, pa.string()).cast(TEXT) for name, column in zip(fields, columns, strict=True)}
    return pa.table(made | {"line": int32s(lines)})


def _latest(collection: str, found: dict[str, Table]) -> dict[str, Table]:
    """Drop the outdated copies of records that came twice: the copy that changed last stays, with its own roles.

    If copies differ but changed at the same moment, all stay, and the rules refuse them. If one copy is a tombstone,
    all stay, because a tombstone wins.
    """
    table = found[collection]
    dropped = _outdated(table)
    if not len(dropped):
        return found
    gone = np.isin(table.rows.column("line").to_numpy(), dropped)
    kept = filtered(table, ~gone)
    found = found | {collection: replace(kept, facts={"read_twice": len(dropped)})}
    if roles := found.get("roles"):
        found["roles"] = filtered(roles, ~np.isin(roles.rows.column("line").to_numpy(), dropped))
    return found


def _outdated(table: Table) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """Return the lines of records of which a later or an identical copy is there too."""
    ids = coded(table, "sourcedId")
    times = np.bincount(ids.codes, minlength=len(ids.values))
    at = np.flatnonzero(times[ids.codes] > 1) if len(ids.codes) else np.zeros(0, np.int64)
    dropped: list[int] = []
    by_id: dict[str, list[dict[str, str]]] = {}
    for row in table.rows.take(pa.array(at)).to_pylist():
        by_id.setdefault(row["sourcedId"], []).append(row)
    for rows in by_id.values():
        if not any(row["status"].strip().casefold() in _TOMBSTONES for row in rows):
            dropped += _outdated_of(rows)
    return np.array(dropped, np.int32)


def _outdated_of(rows: list[dict[str, str]]) -> list[int]:
    newest = max(_changed(row) for row in rows)
    kept: list[dict[str, str]] = []
    dropped = []
    for row in rows:
        is_known = any({**row, "line": ""} == {**earlier, "line": ""} for earlier in kept)
        if is_known or _changed(row) < newest:
            dropped.append(int(row["line"]))
        else:
            kept.append(row)
    return dropped


def _changed(row: dict[str, str]) -> datetime:
    try:
        when = datetime.fromisoformat(row["dateLastModified"].strip())
    except ValueError:
        return _LONG_AGO
    return when if when.tzinfo else when.replace(tzinfo=UTC)
