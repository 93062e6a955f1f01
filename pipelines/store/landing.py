"""The landing zone stores each delivery of a source, unchanged and compressed, so that any date can be replayed.

`<landing>/<district>/<source>/<as_of>/<digest>/` holds the parts as received (zstd) and a `manifest.json`. The manifest
is written last: without a manifest, there is no snapshot. `<landing>/<district>/.work/<run>/` holds a run's frames
between two steps: tasks may run on different machines, and these share only the landing zone.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
from pyarrow import feather
from upath import UPath

from pipelines import settings
from pipelines.errors import Place, SourceIncomplete


@dataclass(frozen=True)
class Part:
    """One file as delivered: its name, its digest and its size in bytes."""

    name: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Delivery:
    """Everything that one source delivered for one as_of, before it is landed.

    `files` holds the local files by their names as delivered.
    """

    files: Mapping[str, Path]
    parts: tuple[Part, ...]
    digest: str


def identify(files: Mapping[str, Path]) -> Delivery:
    """Return the delivery of these files, with a digest of their names and bytes."""
    parts = tuple(Part(name, _sha256(path), path.stat().st_size) for name, path in sorted(files.items()))
    digest = hashlib.sha256(json.dumps([[part.name, part.sha256] for part in parts]).encode()).hexdigest()
    return Delivery(files, parts, digest)


def recall(url: str) -> Delivery:
    """Return a delivery that was landed before, without its files; the snapshot at `url` holds its bytes.

    Raises SourceIncomplete if the snapshot is gone.
    """
    _, manifest = _whole(url)
    return Delivery({}, tuple(Part(**part) for part in manifest["parts"]), manifest["digest"])


def land(
    where: tuple[str, str, date, int], delivery: Delivery, facts: Mapping[str, Any], same_as: str | None = None
) -> str:
    """Write a delivery as a snapshot and return its URL; landing the same bytes again writes nothing.

    `where` is the district, the kind of source, the as_of, and the number of the source among the district's sources.
    `same_as` is the URL of an earlier snapshot of the same bytes: then only a manifest that points there is written.
    """
    district_id, source, as_of, source_n = where
    folder = _root(district_id) / source / as_of.isoformat() / delivery.digest[:32]
    if (folder / "manifest.json").exists():
        return str(folder)
    folder.mkdir(parents=True, exist_ok=True)
    manifest: dict[str, Any] = {
        "district_id": district_id,
        "source": source,
        "as_of": as_of.isoformat(),
        "digest": delivery.digest,
    }
    manifest |= {"source_n": str(source_n), "landed_at": datetime.now(UTC).isoformat()}
    if same_as:
        manifest |= {"same_as": same_as}
    else:
        for number, part in enumerate(delivery.parts):
            _store(delivery.files[part.name], folder / _stored(number))
        manifest |= {"parts": [asdict(part) for part in delivery.parts], "facts": dict(facts), "complete": True}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    return str(folder)


def newest(district_id: str, source: str, as_of: date, source_n: int) -> str | None:
    """Return the URL of the snapshot that was landed last for a source and an as_of, or None."""
    folder = _root(district_id) / source / as_of.isoformat()
    found = []
    for path in folder.glob("*/manifest.json") if folder.exists() else ():
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if manifest.get("source_n", str(source_n)) == str(source_n):
            found.append((manifest["landed_at"], str(path.parent)))
    return max(found)[1] if found else None


def is_there(url: str | None) -> bool:
    """Return whether a snapshot still exists."""
    return url is not None and (UPath(url) / "manifest.json").exists()


def _store(path: Path, to: UPath) -> None:
    with path.open("rb") as plain, to.open("wb") as raw, pa.CompressedOutputStream(raw, "zstd") as packed:
        shutil.copyfileobj(plain, packed, 1 << 20)


@contextmanager
def unpack(url: str) -> Iterator[dict[str, Path]]:
    """Unpack a snapshot's parts into local files (name as delivered → file) for as long as the context lasts.

    Raises SourceIncomplete if the snapshot is no longer whole: a part is missing, or differs from what was landed.
    """
    folder, manifest = _whole(url)
    with TemporaryDirectory(prefix="rollbook-") as temporary:
        files = {}
        for number, part in enumerate(manifest["parts"]):
            path = Path(temporary) / f"{number:05}"
            _unpack_part(folder / _stored(number), path, part)
            files[part["name"]] = path
        yield files


def _whole(url: str) -> tuple[UPath, dict[str, Any]]:
    """Return the folder of a snapshot's parts, and the manifest there.

    A snapshot of the same bytes as an earlier snapshot only points to the earlier one. Raises SourceIncomplete if a
    manifest is gone.
    """
    folder = UPath(url)
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SourceIncomplete("the landed snapshot is gone", fix="run extract again") from None
    return _whole(manifest["same_as"]) if "same_as" in manifest else (folder, manifest)


def _unpack_part(stored: UPath, path: Path, part: Mapping[str, Any]) -> None:
    place = Place(part["name"])
    try:
        with stored.open("rb") as raw, pa.CompressedInputStream(raw, "zstd") as packed, path.open("wb") as plain:
            shutil.copyfileobj(packed, plain, 1 << 20)
    except (OSError, pa.ArrowInvalid):
        raise SourceIncomplete("a landed part can't be read", place=place, fix="run extract again") from None
    if _sha256(path) != part["sha256"]:
        raise SourceIncomplete("a landed part is not what was landed", place=place, fix="run extract again")


def store_frames(district_id: str, run_id: int, room: str, frames: Mapping[str, pa.Table]) -> None:
    """Store a run's frames for its next steps."""
    folder = _work(district_id, run_id) / room
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in frames.items():
        with (folder / f"{name}.arrow").open("wb") as sink:
            feather.write_feather(frame, sink, compression="lz4")


def frame(district_id: str, run_id: int, room: str, name: str) -> pa.Table:
    """Return a frame that an earlier step of the run stored."""
    with (_work(district_id, run_id) / room / f"{name}.arrow").open("rb") as raw:
        return feather.read_table(raw)


def frame_names(district_id: str, run_id: int, room: str) -> list[str]:
    """Return the names of the run's frames that are stored under `room`."""
    return sorted(path.stem for path in (_work(district_id, run_id) / room).glob("*.arrow"))


def forget_frames(district_id: str, run_id: int) -> None:
    """Remove a run's frames, which can be made again from its snapshot."""
    folder = _work(district_id, run_id)
    if folder.exists():
        folder.fs.rm(folder.path, recursive=True)


def _work(district_id: str, run_id: int) -> UPath:
    return _root(district_id) / ".work" / f"run-{run_id}"


def _root(district_id: str) -> UPath:
    root = UPath(settings.landing_url())
    if root.protocol in ("", "file", "local") and not root.exists():
        Path(root.path).mkdir(parents=True, exist_ok=True, mode=0o700)  # no other login may read rosters
    return root / district_id


def _stored(number: int) -> str:
    """Return the file name of a part, by its number: a delivered name never becomes a path in the landing zone."""
    return f"part-{number:05}.zst"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
