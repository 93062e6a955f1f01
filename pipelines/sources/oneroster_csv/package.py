"""Copy a package's files from a folder, or from a zip of an unknown author. No file is stored under its own name."""

from __future__ import annotations

import shutil
import zipfile
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from pipelines.errors import ContractBroken, Place, SourceIncomplete
from pipelines.settings.connections import Connection
from pipelines.sources import remote
from pipelines.sources.oneroster_csv.manifest import KNOWN, MANIFEST, ROSTER
from pipelines.sources.remote import RemoteFile
from pipelines.sources.tabular.package import LARGEST_RATIO, LARGEST_UNPACKED, RATIO_MATTERS

_MOST_PARTS = 1000
_CHUNK = 1 << 20
_MACINTOSH = "__MACOSX"  # what a Macintosh adds to every zip
_OWNER = "export script owner"
_ENDS = (".zip", ".csv")


@dataclass(frozen=True)
class Package:
    """A package's files by their kind, and facts. Files that are not read have an entry, but are not stored."""

    files: dict[str, Path]
    facts: dict[str, Any] = field(default_factory=dict)


def gather(
    pattern: str, connection: Connection | None, settle_seconds: float, to: Path, kinds: Collection[str] = ROSTER
) -> Package:
    """Copy a package's manifest and its files of these kinds to `to`.

    Raises SourceUnavailable (no file yet), SourceGrowing, SourceIncomplete (cut), and ContractBroken (hostile, or two
    packages).
    """
    found = remote.find(_files_of(pattern), connection)
    zips = [file for file in found if file.name.casefold().endswith(".zip")]
    plain = [(kind, file) for file in found if (kind := _kind(file.name))]
    if len(zips) + bool(plain) > 1:
        raise ContractBroken("the path matches more than one package", owner=_OWNER, fix="name one package in path:")
    if zips:
        return _zipped(zips[0], settle_seconds, to, kinds)
    if not plain:
        raise SourceIncomplete("the path matches no OneRoster file", owner=_OWNER, fix="check path:")
    _check_once([kind for kind, _ in plain])
    remote.wait_until_settled([file for _, file in plain], settle_seconds)
    files = {}
    for kind, file in plain:
        files[kind] = to / f"{kind}.csv"
        if kind in (MANIFEST, *kinds):
            remote.download(file, files[kind])
    return Package(files, {"package": "folder"} | _not_taken(files, kinds))


def _files_of(pattern: str) -> str:
    """Return a pattern of the package's files: a path that names neither a file nor a pattern is a folder."""
    name = pattern.rpartition("/")[2]
    is_file = name.casefold().endswith(_ENDS) or any(mark in name for mark in "*?[")
    return pattern if is_file else f"{pattern.rstrip('/')}/*"


def _kind(name: str) -> str | None:
    """Return a file's kind by its name, in any case, or None if OneRoster has no such file."""
    stem, _, suffix = name.rpartition(".")
    return KNOWN.get(stem.casefold()) if suffix.casefold() == "csv" else None


def _zipped(file: RemoteFile, settle_seconds: float, to: Path, kinds: Collection[str]) -> Package:
    remote.wait_until_settled([file], settle_seconds)
    packed = to / "package.zip"
    remote.download(file, packed)
    try:
        return unpack(packed, file.name, to, kinds)
    finally:
        packed.unlink()


def unpack(packed: Path, name: str, to: Path, kinds: Collection[str] = ROSTER) -> Package:
    """Unpack OneRoster's files of these kinds from a zip; zipfile checks each against the zip's checksums.

    Raises SourceIncomplete if the zip is cut, damaged or without such files, and ContractBroken if it is refused.
    """
    place = Place(name)
    try:
        with zipfile.ZipFile(packed) as archive:
            chosen = list(_choose(archive, place))
            _check_once([kind for kind, _ in chosen])
            files = {kind: to / f"{kind}.csv" for kind, _ in chosen}
            for kind, entry in chosen:
                if kind in (MANIFEST, *kinds):
                    with archive.open(entry) as stream, files[kind].open("wb") as plain:
                        shutil.copyfileobj(stream, plain, _CHUNK)
    except (zipfile.BadZipFile, zlib.error, EOFError):
        raise SourceIncomplete(
            "the zip is incomplete or damaged", place=place, owner=_OWNER, fix="deliver the complete zip again"
        ) from None
    except (NotImplementedError, RuntimeError):  # zipfile raises RuntimeError if a part is encrypted
        raise _refused("the zip is encrypted, or uses an unknown compression", place) from None
    if not files:
        raise SourceIncomplete("the zip contains no OneRoster file", place=place, owner=_OWNER, fix="check path:")
    nested = any("/" in entry.filename for _, entry in chosen)
    return Package(files, {"package": "zip"} | ({"nested_folder": True} if nested else {}) | _not_taken(files, kinds))


def _choose(archive: zipfile.ZipFile, place: Place) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    entries = archive.infolist()
    if len(entries) > _MOST_PARTS:
        raise _refused("the zip has too many parts", place)
    if sum(entry.file_size for entry in entries) > LARGEST_UNPACKED:
        raise _refused("the unpacked zip is far larger than any roster", place)
    for entry in entries:
        path = PurePosixPath(entry.filename)
        if path.is_absolute() or ".." in path.parts or "\\" in entry.filename or ":" in entry.filename:
            raise _refused("a name in the zip leads out of its folder", place)
        if entry.file_size > RATIO_MATTERS and entry.file_size > LARGEST_RATIO * max(entry.compress_size, 1):
            raise _refused("a file in the zip unpacks to far more than its packed size", place)
        kind = _kind(path.name)
        if kind and not entry.is_dir() and _MACINTOSH not in path.parts:
            yield kind, entry


def _check_once(kinds: list[str]) -> None:
    for kind in kinds:
        if kinds.count(kind) > 1:
            raise ContractBroken(
                "the package has two files of the same kind",
                place=Place(f"{kind}.csv"),
                owner=_OWNER,
                fix="deliver each file once",
            )


def _not_taken(found: Collection[str], kinds: Collection[str]) -> dict[str, Any]:
    """Return the fact `not_taken`: the files that are neither read nor stored, as demographics or results."""
    others = sorted(kind for kind in found if kind not in (MANIFEST, *kinds))
    return {"not_taken": others} if others else {}


def _refused(what: str, place: Place) -> ContractBroken:
    return ContractBroken(what, place=place, owner=_OWNER, fix="export the package again")
