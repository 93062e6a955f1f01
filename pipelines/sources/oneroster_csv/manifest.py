"""Read manifest.csv: which files a package has, and whether each is bulk (all rows), delta (changes) or absent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.errors import ContractBroken, Place, SourceIncomplete
from pipelines.sources.tabular import Columns, read
from schemas.oneroster import FILES, OPTIONAL

MANIFEST = "manifest"
ROSTER = tuple(name.removesuffix(".csv") for name in FILES)  # the files that are read; no others are stored
NEEDED = tuple(name.removesuffix(".csv") for name in FILES if name not in OPTIONAL)
OTHERS = (
    "categories", "classResources", "courseResources", "demographics", "lineItemLearningObjectiveIds",
    "lineItemScoreScales", "lineItems", "resources", "resultLearningObjectiveIds", "resultScoreScales", "results",
    "scoreScales", "userProfiles", "userResources",
)  # fmt: skip
KNOWN = {name.casefold(): name for name in (MANIFEST, *ROSTER, *OTHERS)}

_MODES = frozenset({"bulk", "delta", "absent", ""})
_VERSIONS = ("1.0", "1.1", "1.2")
_MISSPELT = {"courseresourses": "courseresources"}  # the standard's own table has this spelling
_FILE = f"{MANIFEST}.csv"
_OWNER = "export script owner"


@dataclass(frozen=True)
class Manifest:
    """A package's manifest: `modes` has the mode of every kind of file."""

    modes: Mapping[str, str]
    facts: Mapping[str, Any]

    @property
    def is_empty(self) -> bool:
        """Return whether the package declares no change in the files that are read."""
        return "bulk" not in self.modes.values() and all(self.modes[kind] == "absent" for kind in ROSTER)

    @property
    def has_delta(self) -> bool:
        """Return whether any file that is read contains changes only."""
        return any(self.modes[kind] == "delta" for kind in ROSTER)


def read_manifest(files: Mapping[str, Path]) -> Manifest:
    """Read a package's manifest and compare it with the package's files.

    Without a manifest every file is bulk, as in 1.0. Raises SourceIncomplete if manifest and files differ, and
    ContractBroken if the manifest is malformed.
    """
    kinds = (*ROSTER, *OTHERS)
    if MANIFEST not in files:
        return Manifest(
            {kind: "bulk" if kind in files else "absent" for kind in kinds},
            {"manifest": False, "version": _by_files(files)},
        )
    properties = _properties(files[MANIFEST])
    modes = {kind: _mode(properties, kind, kind in files) for kind in kinds}
    version = _version(properties)
    present = {kind: mode for kind, mode in modes.items() if mode != "absent"}
    return Manifest(modes, {"manifest": True, "version": version or _by_files(files), "modes": present})


def _properties(path: Path) -> dict[str, tuple[str, int]]:
    """Return each property in lower case, with its value and line."""
    table = read(path, _FILE, Columns(required=("propertyName", "value")))
    properties: dict[str, tuple[str, int]] = {}
    for row in table.rows.to_pylist():
        name, value = row["propertyName"].strip().casefold(), row["value"].strip().casefold()
        kind = name.removeprefix("file.").removesuffix(".csv")
        name = f"file.{_MISSPELT.get(kind, kind)}" if name.startswith("file.") else name
        if properties.setdefault(name, (value, row["line"]))[0] != value:
            raise _broken("a property appears twice with different values", row["line"])
    return properties


def _mode(properties: Mapping[str, tuple[str, int]], kind: str, is_there: bool) -> str:
    mode, line = properties.get(f"file.{kind.casefold()}", ("", None))
    if mode not in _MODES:
        raise _broken("the mode of a file is neither bulk, delta nor absent", line)
    if is_there and mode in ("absent", ""):
        claim = "calls the file absent" if mode else "does not list the file"
        raise _mismatch(f"the package has {kind}.csv, and the manifest {claim}", line)
    if not is_there and mode in ("bulk", "delta"):
        raise _mismatch(f"the manifest lists {kind}.csv, and the package lacks the file", line)
    return mode or "absent"


def _version(properties: Mapping[str, tuple[str, int]]) -> str:
    version, line = properties.get("oneroster.version", ("", None))
    if version and not version.startswith(_VERSIONS):
        raise _broken("Rollbook does not support this version of OneRoster", line)
    return version


def _by_files(files: Mapping[str, Path]) -> str:
    return "1.2" if "roles" in files else "1.1"


def _broken(what: str, line: int | None) -> ContractBroken:
    return ContractBroken(what, place=Place(_FILE, line, "value"), owner=_OWNER, fix="correct the manifest")


def _mismatch(what: str, line: int | None) -> SourceIncomplete:
    fix = "deliver the complete package again, with a manifest that lists its files"
    return SourceIncomplete(what, place=Place(_FILE, line), owner=_OWNER, fix=fix)
