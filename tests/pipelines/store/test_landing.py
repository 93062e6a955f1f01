"""A delivery is stored unchanged, once, and closed to other logins; a damaged snapshot is refused."""

from __future__ import annotations

import json
import stat
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from pipelines.errors import SourceIncomplete
from pipelines.store import landing

NIGHT = date(2026, 9, 1)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """Return two delivered files; the name of one of them is a path."""
    monkeypatch.setenv("ROLLBOOK_LANDING", str(tmp_path / "landing"))
    named = {"roster.csv": tmp_path / "a", "../../evil.csv": tmp_path / "b"}
    for number, path in enumerate(named.values()):
        path.write_bytes(b"Milhouse,%d\n" % number * 1000)
    return named


def land(files: dict[str, Path], as_of: date = NIGHT, same_as: str | None = None) -> str:
    return landing.land(("springfield", "sis_file", as_of, 0), landing.identify(files), {"rows": 1000}, same_as)


def stored(tmp_path: Path) -> list[Path]:
    return sorted(path for path in (tmp_path / "landing").rglob("*") if path.is_file())


def test_a_snapshot_unpacks_to_the_same_bytes_and_names(files: dict[str, Path]) -> None:
    with landing.unpack(land(files)) as unpacked:
        assert {name: path.read_bytes() for name, path in unpacked.items()} == {
            name: path.read_bytes() for name, path in files.items()
        }
        paths = list(unpacked.values())
    assert not any(path.exists() for path in paths)


def test_a_delivered_name_never_becomes_a_path(files: dict[str, Path], tmp_path: Path) -> None:
    land(files)
    names = {path.name for path in stored(tmp_path)}
    assert names == {"part-00000.zst", "part-00001.zst", "manifest.json"}


def test_a_snapshot_is_compressed_and_closed_to_other_logins(files: dict[str, Path], tmp_path: Path) -> None:
    land(files)
    assert stat.S_IMODE((tmp_path / "landing").stat().st_mode) == 0o700
    assert not any(b"Milhouse,0\nMilhouse" in path.read_bytes() for path in stored(tmp_path))
    assert sum(path.stat().st_size for path in stored(tmp_path)) < 2_000


def test_the_same_bytes_are_landed_once_and_other_bytes_as_another_snapshot(
    files: dict[str, Path], tmp_path: Path
) -> None:
    first = land(files)
    before = {path: path.stat().st_mtime_ns for path in stored(tmp_path)}
    assert land(files) == first
    assert {path: path.stat().st_mtime_ns for path in stored(tmp_path)} == before
    files["roster.csv"].write_bytes(b"other")
    assert land(files) != first
    with landing.unpack(first) as unpacked:
        assert unpacked["roster.csv"].read_bytes() != b"other"


def test_the_same_bytes_of_a_later_date_point_to_the_earlier_snapshot(files: dict[str, Path], tmp_path: Path) -> None:
    first = land(files)
    later = land(files, date(2026, 9, 2), same_as=first)
    assert later != first
    assert [path.name for path in Path(later).iterdir()] == ["manifest.json"]
    with landing.unpack(later) as unpacked:
        assert unpacked["roster.csv"].read_bytes() == files["roster.csv"].read_bytes()


def test_a_snapshot_without_its_manifest_does_not_exist(files: dict[str, Path]) -> None:
    url = land(files)
    assert landing.is_there(url)
    (Path(url) / "manifest.json").unlink()
    assert not landing.is_there(url)
    assert not landing.is_there(None)
    with pytest.raises(SourceIncomplete, match="is gone"), landing.unpack(url):
        pass


@pytest.mark.parametrize("damage", ["lost", "cut", "altered"])
def test_a_lost_or_damaged_part_is_refused_by_name(files: dict[str, Path], damage: str) -> None:
    url = land(files)
    part = Path(url) / "part-00001.zst"
    if damage == "lost":
        part.unlink()
    elif damage == "cut":
        part.write_bytes(part.read_bytes()[:-5])
    else:
        (Path(url) / "part-00000.zst").rename(part)
        with pa.CompressedOutputStream(str(part.with_name("part-00000.zst")), "zstd") as out:
            out.write(b"x")
    with pytest.raises(SourceIncomplete) as refused, landing.unpack(url):
        pass
    assert refused.value.place.file in files
    assert "Milhouse" not in str(refused.value)


def test_a_manifest_has_counts_and_digests_and_no_value_of_a_row(files: dict[str, Path]) -> None:
    manifest = json.loads((Path(land(files)) / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["complete"] is True
    assert manifest["facts"] == {"rows": 1000}
    assert {part["bytes"] for part in manifest["parts"]} == {11_000}
    assert "Milhouse" not in json.dumps(manifest)


def test_a_runs_frames_can_be_stored_read_and_removed(files: dict[str, Path], tmp_path: Path) -> None:
    table = pa.table({"n": [1, 2], "said": pa.array(["a", None]).dictionary_encode()})
    landing.store_frames("springfield", 7, "0", {"accepted.users": table, "quarantine": table.slice(0, 0)})
    assert landing.frame_names("springfield", 7, "0") == ["accepted.users", "quarantine"]
    assert landing.frame("springfield", 7, "0", "accepted.users").equals(table)
    landing.forget_frames("springfield", 7)
    landing.forget_frames("springfield", 7)
    assert landing.frame_names("springfield", 7, "0") == []
    assert not list((tmp_path / "landing").rglob("*.arrow"))
