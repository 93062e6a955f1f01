"""The gradebook source `oneroster_csv`: read lineItems.csv, results.csv and categories.csv of a OneRoster package.

The roster's source finds and unpacks a package and checks it against its manifest (`pipelines.sources.oneroster_csv`).
Whatever a book does not name stays as it is, so a delta is a book too. Only the titles of categories, which determine
an activity's kind, are carried over from the package before.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ConfigDict

from pipelines.errors import SourceIncomplete
from pipelines.sources.contract import ExtractRequest, ExtractResult
from pipelines.sources.gradebooks.book import Book
from pipelines.sources.gradebooks.oneroster_rows import KINDS, Selected, check_there, to_book
from pipelines.sources.oneroster_csv import KIND, check_gap, delta, receive
from pipelines.sources.oneroster_csv import Settings as RosterSettings
from pipelines.sources.oneroster_csv.manifest import MANIFEST, Manifest
from pipelines.sources.tables import Table
from pipelines.sources.tabular import Columns, completeness, read

__all__ = ["KIND", "Settings", "fetch", "understand"]

log = logging.getLogger(__name__)

_OWNER = "export script owner"
_FIX = "export lineItems.csv and results.csv with the package, or remove this source from the settings"
_EVERYWHERE = ("status", "dateLastModified")
_COLUMNS = {
    "lineItems": Columns(
        required=("sourcedId", "title", "classSourcedId"),
        optional=(*_EVERYWHERE, "dueDate", "categorySourcedId", "resultValueMax"),
        ids=frozenset({"sourcedId", "classSourcedId", "categorySourcedId"}),
    ),
    "results": Columns(
        required=("sourcedId", "lineItemSourcedId", "studentSourcedId", "scoreStatus", "score"),
        optional=(*_EVERYWHERE, "textScore"),
        ids=frozenset({"sourcedId", "lineItemSourcedId", "studentSourcedId"}),
    ),
    "categories": Columns(required=("sourcedId", "title"), optional=_EVERYWHERE, ids=frozenset({"sourcedId"})),
}


class Settings(RosterSettings):
    """Where the package is; it may be the roster's package."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    selected: Selected = "none"  # whether activities become Canvas assignments, unless a person decides otherwise


def fetch(source: Settings, request: ExtractRequest) -> ExtractResult:
    """Fetch the gradebook's files from the package of the requested date.

    Raises SourceUnavailable, SourceGrowing, ContractBroken, and SourceIncomplete for a package that is not complete.
    """
    package, manifest = receive(source, request, KINDS)
    facts: dict[str, Any] = {**package.facts, **manifest.facts, "as_of": request.as_of.isoformat()}
    modes = {kind: manifest.modes[kind] for kind in KINDS}
    if set(modes.values()) == {"absent"} and "bulk" not in manifest.modes.values():
        log.info("the package declares no changes")
        return ExtractResult({}, {**facts, "records": _records(request)}, unchanged=True)
    files = {f"{kind}.csv": package.files[kind] for kind, mode in modes.items() if mode != "absent"}
    records = _count(files, source)
    _check_modes(source, request, manifest, records)
    files |= {f"{MANIFEST}.csv": package.files[MANIFEST]} if MANIFEST in package.files else {}
    if "delta" in modes.values():
        files |= _categories(package.files, modes["categories"], request)
    return ExtractResult(files, {**facts, "records": records})


def understand(files: Mapping[str, Path], source: Settings) -> Book:
    """Read a snapshot's files into a book."""
    return to_book({kind: _read(files, kind) for kind in KINDS if f"{kind}.csv" in files}, source.selected)


def _check_modes(source: Settings, request: ExtractRequest, manifest: Manifest, records: Mapping[str, int]) -> None:
    """Raise SourceIncomplete for a bulk package without line items, and for a delta after too long a gap.

    A delta may hold only some results, but no delta before it may be missing. A package with all results and no line
    items file is refused too.
    """
    if "delta" not in (manifest.modes["lineItems"], manifest.modes["results"]):
        check_there(records, _records(request), _OWNER, _FIX)
    elif request.last:
        check_gap(source, request, request.last)
    if manifest.modes["lineItems"] == "absent" and manifest.modes["results"] == "bulk":
        raise SourceIncomplete("the package has all results and no line items", owner=_OWNER, fix=_FIX)


def _records(request: ExtractRequest) -> dict[str, int]:
    return dict(request.last.facts.get("records") or {}) if request.last else {}


def _categories(found: Mapping[str, Path], mode: str, request: ExtractRequest) -> dict[str, Path]:
    """Return the categories after a delta, from the categories landed before it, if there are any."""
    if mode == "bulk" or request.last is None or request.last.files is None:
        return {}
    changed = {"categories": found["categories"]} if mode == "delta" else {}
    with request.last.files() as before:
        files, _ = delta.apply(changed, {"categories": before.get("categories.csv")}, request.to)
    return {f"{kind}.csv": path for kind, path in files.items()}


def _count(files: Mapping[str, Path], source: Settings) -> dict[str, int]:
    """Count the rows of each file, and check that the file is complete. Raises SourceIncomplete."""
    counts = {}
    for kind in KINDS:
        if (name := f"{kind}.csv") in files:
            counts[kind] = completeness.check(files[name], name, source.completeness, None, _COLUMNS[kind])["rows"]
            log.info("%s: %d rows", name, counts[kind])
    return counts


def _read(files: Mapping[str, Path], kind: str) -> Table:
    """Read a file. If a line has shifted, only its ids stay, because a comment may be in any of its cells."""
    columns = _COLUMNS[kind]
    return delta.without_secrets(read(files[f"{kind}.csv"], f"{kind}.csv", columns), columns.ids)
