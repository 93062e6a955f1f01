"""A package's files are read from a folder or a zip; truncated and hostile zips are refused."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from pipelines.errors import ContractBroken, SourceIncomplete, SourceUnavailable
from pipelines.sources.oneroster_csv import package
from pipelines.sources.oneroster_csv.package import Package, gather
from tests.drops import s3, sftp
from tests.oneroster import as_folder, as_zip, parts, whole_package


def _gather(pattern: Path | str, tmp_path: Path) -> Package:
    to = tmp_path / "to"
    to.mkdir(exist_ok=True)
    return gather(str(pattern), None, 0, to)


def test_a_zip_and_a_folder_give_the_same_files(tmp_path: Path) -> None:
    content = parts(whole_package())
    folder = gather(str(as_folder(tmp_path / "folder", content)), None, 0, _room(tmp_path, "a"))
    zipped = gather(str(as_zip(tmp_path / "package.zip", content)), None, 0, _room(tmp_path, "b"))
    assert {kind: path.read_bytes() for kind, path in folder.files.items()} == {
        kind: path.read_bytes() for kind, path in zipped.files.items()
    }
    assert set(zipped.files) == {"manifest", *whole_package()}


def test_file_names_match_in_any_case_and_other_files_are_not_stored(tmp_path: Path) -> None:
    content = {name.lower(): data for name, data in parts(whole_package()).items()}
    found = _gather(as_zip(tmp_path / "P.ZIP", content | {"Demographics.CSV": b"sourcedId\r\nx\r\n"}), tmp_path)
    assert "academicSessions" in found.files
    assert found.facts["not_taken"] == ["demographics"]
    assert not found.files["demographics"].exists()


def test_a_nested_folder_is_noted_and_macintosh_files_are_ignored(tmp_path: Path) -> None:
    content = {f"export/{name}": data for name, data in parts(whole_package()).items()}
    litter = {f"__MACOSX/export/._{name}": b"litter" for name in parts(whole_package())}
    found = _gather(as_zip(tmp_path / "package.zip", content | litter | {"__MACOSX/users.csv": b"litter"}), tmp_path)
    assert found.facts["nested_folder"] is True
    assert found.files["users"].read_bytes() == content["export/users.csv"]


def test_two_files_of_the_same_kind_are_refused(tmp_path: Path) -> None:
    content = parts(whole_package())
    with pytest.raises(ContractBroken, match=r"two files of the same kind.*users\.csv"):
        _gather(as_zip(tmp_path / "package.zip", content | {"old/Users.csv": content["users.csv"]}), tmp_path)


def test_two_matching_packages_are_refused(tmp_path: Path) -> None:
    for name in ("a.zip", "b.zip"):
        as_zip(tmp_path / "drop" / name, parts(whole_package()))
    with pytest.raises(ContractBroken, match="more than one package"):
        _gather(tmp_path / "drop" / "*.zip", tmp_path)


@pytest.mark.parametrize("share", [0.2, 0.6, 0.99])
def test_a_half_uploaded_zip_is_incomplete(tmp_path: Path, share: float) -> None:
    path = as_zip(tmp_path / "package.zip", parts(whole_package()))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(SourceIncomplete, match=r"incomplete or damaged.*package\.zip"):
        _gather(path, tmp_path)


def test_a_damaged_zip_is_incomplete(tmp_path: Path) -> None:
    path = as_zip(tmp_path / "package.zip", parts(whole_package()), compression=zipfile.ZIP_STORED)
    data = path.read_bytes()
    path.write_bytes(data.replace(b"Given-t1", b"Given-t9"))
    with pytest.raises(SourceIncomplete, match="incomplete or damaged"):
        _gather(path, tmp_path)


@pytest.mark.parametrize(
    "name", ["../users.csv", "/etc/users.csv", "a/../../users.csv", "..\\users.csv", "c:/users.csv"]
)
def test_a_name_that_leads_out_of_the_zip_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ContractBroken, match="leads out of its folder"):
        _gather(as_zip(tmp_path / "package.zip", {name: b"sourcedId\n"}), tmp_path)
    assert [path.name for path in (tmp_path / "to").iterdir()] == []


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = as_zip(tmp_path / "package.zip", {"users.csv": b"\n" * 2_000_000})
    monkeypatch.setattr(package, "RATIO_MATTERS", 1_000_000)
    with pytest.raises(ContractBroken, match="unpacks to far more than its packed size"):
        _gather(path, tmp_path)
    monkeypatch.setattr(package, "LARGEST_UNPACKED", 1_000_000)
    with pytest.raises(ContractBroken, match="far larger than any roster"):
        _gather(path, tmp_path)
    assert not (tmp_path / "to" / "users.csv").exists()


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    path = as_zip(tmp_path / "package.zip", {"users.csv": b"sourcedId\n"}, compression=zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + at] |= 1  # the flag that says: encrypted
    path.write_bytes(data)
    with pytest.raises(ContractBroken, match="encrypted"):
        _gather(path, tmp_path)


def test_a_missing_package_is_unavailable_and_one_without_oneroster_files_incomplete(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable):
        _gather(tmp_path / "package.zip", tmp_path)
    with pytest.raises(SourceIncomplete, match="no OneRoster file"):
        _gather(as_zip(tmp_path / "other.zip", {"readme.txt": b"hello"}), tmp_path)
    with pytest.raises(SourceIncomplete, match="no OneRoster file"):
        _gather(as_folder(tmp_path / "folder", {"readme.txt": b"hello"}), tmp_path)


def test_a_package_is_fetched_from_sftp_and_from_s3(tmp_path: Path) -> None:
    content = parts(whole_package())
    as_zip(tmp_path / "drop" / "DailyImport" / "package.zip", content)
    as_folder(tmp_path / "drop" / "folder", content)
    with sftp(tmp_path / "drop") as drop:
        zipped = gather(drop.url("DailyImport/package.zip"), drop.connection(), 0, _room(tmp_path, "a"))
        folder = gather(drop.url("folder"), drop.connection(), 0, _room(tmp_path, "b"))
    assert zipped.files["users"].read_bytes() == folder.files["users"].read_bytes() == content["users.csv"]
    with s3() as bucket:
        connection = bucket.connection()
        files = package.remote.open_store("s3://rosters/package.zip", connection)[0]
        files.mkdir("rosters")
        files.pipe("rosters/package.zip", (tmp_path / "drop" / "DailyImport" / "package.zip").read_bytes())
        there = gather("s3://rosters/package.zip", connection, 0, _room(tmp_path, "c"))
    assert there.files["users"].read_bytes() == content["users.csv"]


def _room(tmp_path: Path, name: str) -> Path:
    (tmp_path / "rooms" / name).mkdir(parents=True)
    return tmp_path / "rooms" / name
