"""Read the source `oneroster_csv`: OneRoster 1.1 and 1.2 packages of CSV files, a zip or a folder, bulk or delta.

package.py   finds the files and unpacks them from their zip
manifest.py  reads which files a package has, and whether each is bulk or delta
delta.py     applies a delta to the set landed before, so that the result is a full set
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, Field

from pipelines.errors import Place, SourceIncomplete
from pipelines.settings import PROJECT, SourceSettings
from pipelines.settings.connections import resolve
from pipelines.sources.assertions import Layout
from pipelines.sources.contract import Bookmark, ExtractRequest, ExtractResult
from pipelines.sources.layouts import FileLayout
from pipelines.sources.layouts import layout as named_layout
from pipelines.sources.oneroster_csv import delta
from pipelines.sources.oneroster_csv.manifest import MANIFEST, NEEDED, ROSTER, Manifest, read_manifest
from pipelines.sources.oneroster_csv.package import Package, gather
from pipelines.sources.oneroster_shapes import project
from pipelines.sources.tables import Table
from pipelines.sources.tabular import Columns, completeness, read

log = logging.getLogger(__name__)

KIND = "oneroster_csv"
_OWNER = "export script owner"

# What the projection reads beside the layout's own columns.
_MORE = {
    "academicSessions": ("type",),
    "users": ("enabledUser", "role", "orgSourcedIds", "primaryOrgSourcedId", "grades"),
    "roles": ("roleType",),
}
_EVERYWHERE = ("status", "dateLastModified")
_REQUIRED = {"classes": ("termSourcedIds",), "academicSessions": ("startDate", "endDate")}
_ROLES_OF_1_1 = ("role", "orgSourcedIds")
# A shifted line may have a password in any column after these.
_SAFE_IN_A_RAGGED_LINE = frozenset({"sourcedId", "orgSourcedIds", "role", "givenName", "familyName"})


class Settings(SourceSettings):
    """The settings of this kind: where the package is, and how old the base of a delta may be."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str = ""  # a zip, a folder or a pattern; local, sftp:// or s3://; the run fills in {as_of} and {district}
    delta_gap_days: int = Field(default=1, ge=1)  # if a delta's base is older, a delta in between may be missing


def fetch(source: Settings, request: ExtractRequest) -> ExtractResult:
    """Fetch the run's package as a full set; a delta is applied to the set that was landed before it.

    Raises SourceUnavailable, SourceGrowing, ContractBroken, and SourceIncomplete if the package is incomplete.
    """
    package, manifest = receive(source, request)
    facts: dict[str, Any] = {**package.facts, **manifest.facts, "as_of": request.as_of.isoformat()}
    if manifest.is_empty:
        return _no_changes(request, facts)
    files = {f"{kind}.csv": package.files[kind] for kind in ROSTER if manifest.modes[kind] == "bulk"}
    if manifest.has_delta:
        files |= _applied(package.files, manifest, source, request, facts)
    else:
        _check_set(files, "the package")
        files |= {f"{MANIFEST}.csv": package.files[MANIFEST]} if MANIFEST in package.files else {}
    facts["records"] = _count(files, source)
    return ExtractResult(files, facts)


def receive(source: Settings, request: ExtractRequest, kinds: Collection[str] = ROSTER) -> tuple[Package, Manifest]:
    """Copy the run's package, with the files of these kinds, and read its manifest. Raises the errors of `fetch`."""
    connection = resolve(source.connection) if source.connection else None
    path = source.path.replace("{as_of}", request.as_of.isoformat()).replace("{district}", request.district_id)
    pattern = path if "://" in path or path.startswith("/") else str(PROJECT / path)
    package = gather(pattern, connection, source.completeness.settle_seconds, request.to, kinds)
    return package, read_manifest(package.files)


def has_past_dates(source: Settings) -> bool:
    """Return whether the source can still deliver a past date: only if the files' path contains the date."""
    return "{as_of}" in source.path


def prove_whole(fetched: ExtractResult, source: Settings, last: Bookmark | None) -> dict[str, Any]:
    """Compare the number of each file's rows with the last applied run's; return the sum of rows.

    Raises SourceIncomplete if a file has too few rows. `fetch` has already checked that each file is complete in
    itself.
    """
    before = last.facts.get("records", {}) if last else {}
    for kind, rows in fetched.facts["records"].items():
        least = before.get(kind, 0) * (1 - source.completeness.shrink_percent / 100)
        if rows < least:
            raise SourceIncomplete(
                f"the file has {rows} rows and the last applied run had {before[kind]}: "
                f"more than {source.completeness.shrink_percent:g}% fewer",
                place=Place(f"{kind}.csv"),
                owner=_OWNER,
                fix="deliver the complete package; if it is complete, raise completeness.shrink_percent for one night",
            )
    return {"rows": sum(fetched.facts["records"].values())}


def understand(files: Mapping[str, Path], source: Settings) -> tuple[list[Table], Layout]:
    """Read a snapshot's files into tables of the relational layout, and return the tables and their layout."""
    tables = {kind: _read(files, kind) for kind in ROSTER if f"{kind}.csv" in files}
    return project(tables), layout_of(source)


def layout_of(_source: Settings) -> FileLayout:
    """Return OneRoster's layout, under the name of this kind."""
    return replace(named_layout("oneroster"), name=KIND)


def _no_changes(request: ExtractRequest, facts: dict[str, Any]) -> ExtractResult:
    """Return an unchanged result with the last run's records: a package without changes has only a manifest."""
    last = _base(request)
    log.info("the package declares no changes")
    return ExtractResult({}, {**facts, "records": last.facts.get("records", {})}, unchanged=True)


def _applied(
    found: Mapping[str, Path], manifest: Manifest, source: Settings, request: ExtractRequest, facts: dict[str, Any]
) -> dict[str, Path]:
    """Apply a delta to the set landed before; the package's own files are landed beside the result."""
    last = _base(request)
    assert last.files is not None
    check_gap(source, request, last)
    changed = {kind: found[kind] for kind in ROSTER if manifest.modes[kind] == "delta"}
    kept = [kind for kind in ROSTER if manifest.modes[kind] != "bulk"]
    with last.files() as before:
        files, counts = delta.apply(changed, {kind: before.get(f"{kind}.csv") for kind in kept}, request.to)
    facts["delta"] = counts
    whole = {f"{kind}.csv": path for kind, path in files.items()}
    bulk = {f"{kind}.csv" for kind in ROSTER if manifest.modes[kind] == "bulk"}
    _check_set(whole.keys() | bulk, "the last snapshot with the delta applied")
    parts = {f"delta/{kind}.csv": found[kind] for kind in (MANIFEST, *changed) if kind in found}
    return whole | parts


def check_gap(source: Settings, request: ExtractRequest, last: Bookmark) -> None:
    """Raise SourceIncomplete if a delta may be missing between this delta and the run that it would change."""
    gap = (request.as_of - delta.night_of(last.facts, request.as_of)).days
    if gap > source.delta_gap_days:
        raise SourceIncomplete(
            f"the delta is {gap} days newer than the last applied run, so a delta in between may be missing",
            owner=_OWNER,
            fix="deliver a bulk package; or apply the deltas in between; or raise delta_gap_days: to the usual gap",
        )


def _base(request: ExtractRequest) -> Bookmark:
    """Return what the last applied run recorded.

    Raises SourceIncomplete if its snapshot no longer exists, or if the snapshot is of a later date than the package.
    """
    last = request.last
    if last is None or last.files is None:
        raise SourceIncomplete(
            "the package has only changes, and no earlier snapshot exists to apply them to",
            owner=_OWNER,
            fix="deliver a bulk package first",
        )
    if delta.night_of(last.facts, request.as_of) > request.as_of:
        raise SourceIncomplete(
            "the package has changes for a date before the last applied run",
            owner=_OWNER,
            fix="replay the date from its own snapshot, or deliver a bulk package",
        )
    return last


def _check_set(files: Collection[str], what: str) -> None:
    missing = [f"{kind}.csv" for kind in NEEDED if f"{kind}.csv" not in files]
    if missing:
        raise SourceIncomplete(
            f"{what} lacks {', '.join(missing)}", owner=_OWNER, fix="export the complete package again"
        )


def _count(files: Mapping[str, Path], source: Settings) -> dict[str, int]:
    """Count the rows of each file. Raises SourceIncomplete if a file is incomplete in itself."""
    counts = {}
    for kind in ROSTER:
        if (name := f"{kind}.csv") in files:
            counted = completeness.check(files[name], name, source.completeness, None, _columns(kind, files))
            counts[kind] = counted["rows"]
            log.info("%s: %d rows", name, counted["rows"])
    return counts


def _read(files: Mapping[str, Path], kind: str) -> Table:
    name = f"{kind}.csv"
    table = read(files[name], name, _columns(kind, files))
    return delta.without_secrets(table, _SAFE_IN_A_RAGGED_LINE) if kind == "users" else table


def _columns(kind: str, files: Mapping[str, Path]) -> Columns:
    plain = named_layout("oneroster").columns_for(f"{kind}.csv")
    more = (*_EVERYWHERE, *_MORE.get(kind, ()), *(("sourcedId",) if "sourcedId" not in plain.fields else ()))
    required = (*plain.required, *_REQUIRED.get(kind, ()))
    if kind == "users" and "roles.csv" not in files:
        required += _ROLES_OF_1_1
    optional = tuple(name for name in (*plain.optional, *more) if name not in required)
    return Columns(required=tuple(dict.fromkeys(required)), optional=optional, ids=plain.ids)
