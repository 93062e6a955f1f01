"""Turn landed pages into tables, with one page in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa

from pipelines.sources.clever.pages import Record, records_of
from pipelines.sources.clever.pull import collection_of
from pipelines.sources.clever.records import FIELDS, ROLES, rows_of
from pipelines.sources.tables import TEXT, Table
from pipelines.sources.tabular.assemble import combined, int32s

# The tables of each collection, its own first. Contacts and events are landed, but are not part of a roster.
_TABLES = {
    "schools": ("orgs",),
    "terms": ("academicSessions",),
    "courses": ("courses",),
    "sections": ("classes", "enrollments"),
    "users": ("users", "roles"),
}


def read_tables(files: Mapping[str, Path]) -> list[Table]:
    """Return the tables of a snapshot's parts. A record's line is its running number in its collection."""
    return [table for collection in _TABLES for table in _read_collection(collection, files)]


def _read_collection(collection: str, files: Mapping[str, Path]) -> list[Table]:
    names = _TABLES[collection]
    pieces: dict[str, list[pa.Table]] = {name: [] for name in names}
    seen: dict[str, int] = {}
    before = repeated = 0
    for part in sorted(name for name in files if collection_of(name) == collection):
        rows: dict[str, list[tuple[str, ...]]] = {name: [] for name in names}
        lines: dict[str, list[int]] = {name: [] for name in names}
        page = records_of(files[part])
        for line, record in enumerate(page, start=before + 1):
            repeated += record["id"] in seen
            for name, row in _unseen(collection, record, seen):
                rows[name].append(row)
                lines[name].append(line)
        before += len(page)
        for name in names:
            pieces[name].append(_table(FIELDS[name], rows[name], lines[name]))
    facts = {names[0]: {"repeated": repeated} if repeated else {}}
    return [_whole(name, combined(of, FIELDS[name]), facts.get(name, {})) for name, of in pieces.items()]


def _unseen(collection: str, record: Record, seen: dict[str, int]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield a record's rows; if its id was seen before, yield only the rows of roles not seen yet.

    A user with several roles arrives once for each role. `seen` maps an id to a number with one bit for each role.
    """
    written = record.get("roles")
    roles = sum(1 << at for at, role in enumerate(ROLES) if role in written) if isinstance(written, dict) else 0
    before = seen.get(record["id"])
    seen[record["id"]] = roles | (before or 0)
    if before is None:
        yield from rows_of(collection, record)
    elif isinstance(written, dict) and roles & ~before:
        more = {role: written[role] for at, role in enumerate(ROLES) if roles & ~before & 1 << at}
        yield from (row for row in rows_of(collection, record | {"roles": more}) if row[0] == "roles")


def _whole(name: str, rows: pa.Table, facts: dict[str, int]) -> Table:
    return Table(f"{name}.json", rows, (), rows.num_rows, facts)


def _table(fields: tuple[str, ...], rows: list[tuple[str, ...]], lines: list[int]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [() for _ in fields]
    made = {name: pa.array(column, pa.string()).cast(TEXT) for name, column in zip(fields, columns, strict=True)}
    return pa.table(made | {"line": int32s(lines)})
