"""Find and fetch files in a local folder, on SFTP with a pinned host key, or in S3 and compatible stores."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from pipelines.errors import ContractBroken, Place, SourceGrowing, SourceUnavailable
from pipelines.settings.connections import Connection
from pipelines.sources.stores import open_store, translate_errors

SIDECAR = ".manifest.json"
_FRESH_SECONDS = 60
_OWNER = "data engineer"


@dataclass(frozen=True)
class RemoteFile:
    """A file in a store, as it was when `find` saw it."""

    name: str
    path: str
    size: int
    modified: datetime | None
    version: str | None = None  # the store's ETag of its content, if the store has one
    files: Any = field(default=None, repr=False, compare=False)  # the fsspec file system that holds the file


def find(pattern: str, connection: Connection | None) -> list[RemoteFile]:
    """Return the files of a path or glob pattern, sorted by name, each with its `.manifest.json` if there is one.

    Raises SourceUnavailable (no file yet, or no answer), CredentialsRefused, SettingsInvalid, and ContractBroken
    if a name would lead out of its folder or if two files share a name.
    """
    files, path = open_store(pattern, connection)
    place = Place(PurePosixPath(path).name)
    with translate_errors(place):
        matches = sorted(files.glob(path)) if _is_glob(path) else [path]
        found = [_describe(files, match) for match in matches]
        listed = [file for file in found if file is not None]
        sidecars = [_describe(files, file.path + SIDECAR) for file in listed if not file.name.endswith(SIDECAR)]
    everything = {file.path: file for file in [*listed, *sidecars] if file is not None}
    _check_names(list(everything.values()), path)
    if not any(not file.name.endswith(SIDECAR) for file in listed):
        raise SourceUnavailable(
            "the file has not arrived yet",
            place=place,
            owner="export script owner",
            fix="check the job that exports the file",
        )
    return sorted(everything.values(), key=lambda file: file.name)


def wait_until_settled(files: Sequence[RemoteFile], settle_seconds: float) -> None:
    """Wait and check again the files that were written within the last minute or have no time of writing.

    Raises SourceGrowing if such a file changes while the run waits.
    """
    now = datetime.now(UTC)
    fresh = [file for file in files if file.modified is None or (now - file.modified).total_seconds() < _FRESH_SECONDS]
    if not fresh or not settle_seconds:
        return
    time.sleep(settle_seconds)
    for file in fresh:
        _check_unchanged(file)


def download(file: RemoteFile, to: Path) -> str:
    """Copy a file to a local path, whole or not at all, and return its sha256. Raises SourceGrowing if it changed."""
    part = to.with_name(f"{to.name}.part")
    try:
        with translate_errors(Place(file.name)):
            file.files.get_file(file.path, str(part))
        if part.stat().st_size != file.size:
            raise _growing(file)
        _check_unchanged(file)
        with part.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)
    return digest


def _check_unchanged(file: RemoteFile) -> None:
    with translate_errors(Place(file.name)):
        now = _describe(file.files, file.path)
    if now != file:
        raise _growing(file)


def _growing(file: RemoteFile) -> SourceGrowing:
    return SourceGrowing(
        "the file changed while it was read",
        place=Place(file.name),
        owner="export script owner",
        fix="wait; or write the file under another name, and rename the file when it is complete",
    )


def _is_glob(path: str) -> bool:
    return any(mark in path for mark in "*?[")


def _describe(files: Any, path: str) -> RemoteFile | None:
    """Return a file's facts, or None if the path does not exist or is not a file."""
    try:
        info = files.info(path)
    except FileNotFoundError:
        return None
    if info.get("type") != "file":
        return None
    modified = info.get("mtime") or info.get("LastModified")
    if isinstance(modified, int | float):
        modified = datetime.fromtimestamp(modified, UTC)
    name = path.rpartition("/")[2]
    return RemoteFile(name, path, int(info.get("size") or 0), modified, info.get("ETag"), files)


def _check_names(found: Sequence[RemoteFile], pattern: str) -> None:
    """Raise ContractBroken if a name leads out of the requested folder, or if two files share a name.

    A server may answer a listing with any name.
    """
    folder = pattern[: min((pattern.find(mark) for mark in "*?[" if mark in pattern), default=len(pattern))]
    folder = "".join(folder.rpartition("/")[:2])
    for file in found:
        wanders = ".." in PurePosixPath(file.path).parts[len(PurePosixPath(folder).parts) :]
        odd = "\\" in file.name or not file.name.isprintable()
        if not file.path.startswith(folder) or wanders or odd:
            raise ContractBroken(
                "a file's name leads out of its folder", owner=_OWNER, fix="find out who writes to the drop folder"
            )
    names = [file.name for file in found]
    for name in names:
        if names.count(name) > 1:
            raise ContractBroken(
                "two files with the same name match the path",
                place=Place(name),
                owner=_OWNER,
                fix="name the folder in path:",
            )
