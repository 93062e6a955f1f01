"""Apply a delta to the set that was landed before it. The result is a full set, so that absence keeps its meaning.

The delta's rows replace rows of the same sourcedId, or are added. Tombstones remove their rows and the rows that refer
to them. Rows that the delta does not name stay as written.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from pipelines.errors import ContractBroken, Place
from pipelines.sources.tables import Table
from pipelines.sources.tabular.delimited import fields_of, find_header
from pipelines.sources.tabular.encoding import detect, text
from pipelines.sources.tabular.header import Columns, match
from pipelines.sources.tabular.records import blocks

_TOMBSTONES = frozenset({"tobedeleted", "inactive"})
_REFERS = {
    "enrollments": {"classSourcedId": "classes", "userSourcedId": "users"},
    "roles": {"userSourcedId": "users"},
}
_ID, _STATUS, _CHANGED = "sourcedId", "status", "dateLastModified"


@dataclass
class _Changes:
    """One file of a delta: its rows by id under its own header, and the ids that tombstones remove."""

    header: list[str] = field(default_factory=list)
    rows: dict[str, list[str]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class _Records:
    """A file's header and delimiter, and its records as written."""

    header: list[str]
    delimiter: str
    records: Iterator[str]

    def places(self, file: str, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> Mapping[str, int]:
        """Return the positions of columns by name, or raise ContractBroken."""
        return match(self.header, Columns(required, optional), file).positions


def apply(
    changed: Mapping[str, Path], before: Mapping[str, Path | None], to: Path
) -> tuple[dict[str, Path], dict[str, Any]]:
    """Apply a delta's files to those landed before; return the full files by kind, and counts.

    `before` names every kind that the result contains. The file of a kind without changes is copied as it is.
    """
    changes = {kind: _read(path, kind) for kind, path in changed.items()}
    gone = {kind: change.gone for kind, change in changes.items()}
    files: dict[str, Path] = {}
    counts: dict[str, Any] = {}
    for kind, old in before.items():
        touched = kind in changes or any(gone.get(other) for other in _REFERS.get(kind, {}).values())
        if old is None and kind not in changes:
            continue
        files[kind] = to / f"{kind}.whole.csv"
        if old is not None and not touched:
            shutil.copyfile(old, files[kind])
            continue
        counts[kind] = _write(files[kind], old, kind, changes.get(kind, _Changes()), gone)
    return files, counts


def night_of(facts: Mapping[str, Any], otherwise: date) -> date:
    """Return the date that a snapshot describes, from its facts; without one, return `otherwise`."""
    as_of = facts.get("as_of")
    return date.fromisoformat(as_of) if as_of else otherwise


def without_secrets(table: Table, safe: frozenset[str]) -> Table:
    """Remove from a table's problems the cells whose columns are not in `safe`.

    The cells of a ragged line may be shifted, so that a password or a phone stands in another column.
    """
    problems = tuple(
        replace(problem, raw={name: cell for name, cell in problem.raw.items() if name in safe})
        for problem in table.problems
    )
    return replace(table, problems=problems)


def _read(path: Path, kind: str) -> _Changes:
    file = f"{kind}.csv"
    found = _open(path, file)
    places = found.places(file, (_ID, _STATUS), (_CHANGED,))
    changes = _Changes(header=found.header)
    width = len(found.header)
    for line, record in enumerate(found.records, start=2):
        cells = fields_of(record, found.delimiter)
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) < width or any(cells[width:]):
            # It is uncertain whose row this is, so no row of the set can safely stay unchanged.
            raise ContractBroken(
                "a line of a delta has more or fewer fields than the header",
                place=Place(file, line),
                owner="export script owner",
                fix="quote fields that contain the delimiter",
            )
        row_id, status = cells[places[_ID]], cells[places[_STATUS]].strip().casefold()
        earlier = changes.rows.get(row_id)
        if status in _TOMBSTONES:
            changes.gone.add(row_id)
        elif earlier is None or _CHANGED not in places or cells[places[_CHANGED]] >= earlier[places[_CHANGED]]:
            changes.rows[row_id] = cells
    for row_id in changes.gone:  # a tombstone wins over an active row of the same package
        changes.rows.pop(row_id, None)
    return changes


def _open(path: Path, file: str) -> _Records:
    chunks = text(path, detect(path, file), file)
    head, chunks = find_header(chunks, Columns(required=(_ID, _STATUS)))
    found = (block.record(at) for block in blocks(chunks, head.delimiter, file) for at in range(len(block.starts)))
    for _ in range(head.records):
        next(found, None)
    return _Records(head.header, head.delimiter, found)


def _write(path: Path, old: Path | None, kind: str, changes: _Changes, gone: Mapping[str, set[str]]) -> dict[str, int]:
    """Write the full file: first the rows that stay, as written, then the delta's rows; return the counts."""
    counts = {"replaced": 0, "removed": 0, "removed_with": 0, "added": 0}
    base = _open(old, f"{kind}.csv") if old else _Records(changes.header, ",", iter(()))
    more = [name for name in changes.header if name.casefold() not in {column.casefold() for column in base.header}]
    header = [*base.header, *more]
    refers = {name: gone.get(other, set()) for name, other in _REFERS.get(kind, {}).items()}
    places = base.places(f"{kind}.csv", (_ID, *refers))
    with path.open("w", encoding="utf-8", newline="") as stream:
        write = csv.writer(stream, delimiter=base.delimiter, lineterminator="\n")
        write.writerow(header)
        seen: set[str] = set()
        for record in base.records:
            cells = fields_of(record, base.delimiter)
            row_id = cells[places[_ID]] if len(cells) > places[_ID] else ""
            if row_id in changes.rows or row_id in changes.gone:
                counts["replaced" if row_id in changes.rows else "removed"] += row_id not in seen
                seen.add(row_id)
            elif any(len(cells) > places[name] and cells[places[name]] in ids for name, ids in refers.items()):
                counts["removed_with"] += 1
            else:
                stream.write(f"{record}{base.delimiter * len(more)}\n")
        own = {name.casefold(): at for at, name in enumerate(changes.header)}
        order = [own.get(name.casefold()) for name in header]
        for cells in changes.rows.values():
            write.writerow(["" if at is None else cells[at] for at in order])
    counts["added"] = len(changes.rows) - counts["replaced"]
    return {name: count for name, count in counts.items() if count}
