"""Files are found, checked and downloaded alike from a folder, a real SFTP server and a real S3."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import s3fs

from pipelines.errors import ContractBroken, SourceGrowing, SourceUnavailable
from pipelines.settings.connections import Connection
from pipelines.sources import remote
from pipelines.sources.remote import RemoteFile, download, find, wait_until_settled
from tests import drops

CONTENT = b"student_id\n00123\n" * 5000


@dataclass(frozen=True)
class Drop:
    """One place of the three, and how a file gets there."""

    at: Callable[[str], str]
    connection: Connection | None
    put: Callable[[str, bytes], None]


@pytest.fixture(scope="module")
def s3() -> Iterator[drops.S3Drop]:
    with drops.s3() as server:
        yield server


@pytest.fixture(params=["local", "sftp", "s3"])
def drop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Drop]:
    folder = tmp_path / "drop"
    folder.mkdir()

    def put(name: str, content: bytes) -> None:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)

    if request.param == "local":
        yield Drop(lambda pattern: f"{folder}/{pattern}", None, put)
    elif request.param == "sftp":
        with drops.sftp(folder) as server:
            yield Drop(server.url, server.connection(), put)
    else:
        server = request.getfixturevalue("s3")
        bucket = f"drop-{hashlib.sha256(str(tmp_path).encode()).hexdigest()[:20]}"
        files = s3fs.S3FileSystem(
            key="key", secret="secret", endpoint_url=server.endpoint, client_kwargs={"region_name": "eu-west-1"}
        )
        files.mkdir(bucket)
        yield Drop(
            lambda pattern: f"s3://{bucket}/{pattern}",
            server.connection(),
            lambda name, content: files.pipe_file(f"{bucket}/{name}", content),
        )


def test_a_file_is_found_and_downloaded_whole(drop: Drop, tmp_path: Path) -> None:
    drop.put("roster.csv", CONTENT)
    [file] = find(drop.at("roster.csv"), drop.connection)
    assert (file.name, file.size) == ("roster.csv", len(CONTENT))
    assert file.modified is not None
    assert abs((datetime.now(UTC) - file.modified).total_seconds()) < 120
    assert download(file, tmp_path / "here") == hashlib.sha256(CONTENT).hexdigest()
    assert (tmp_path / "here").read_bytes() == CONTENT
    assert not list(tmp_path.glob("*.part"))


def test_a_pattern_finds_several_files_and_their_manifests_by_name(drop: Drop) -> None:
    for name in ("b.csv", "a.csv", "a.csv.manifest.json", "c.txt", "c.txt.manifest.json"):
        drop.put(name, CONTENT)
    drop.put("deeper/d.csv", CONTENT)
    assert [file.name for file in find(drop.at("*.csv"), drop.connection)] == ["a.csv", "a.csv.manifest.json", "b.csv"]
    assert [file.name for file in find(drop.at("deeper/*"), drop.connection)] == ["d.csv"]


def test_a_file_that_has_not_arrived_is_unavailable(drop: Drop) -> None:
    drop.put("other.csv", CONTENT)
    drop.put("deeper/roster.csv", CONTENT)
    for pattern in ("roster.csv", "roster*.csv", "missing/roster.csv", "deeper"):
        with pytest.raises(SourceUnavailable, match="has not arrived yet"):
            find(drop.at(pattern), drop.connection)


def test_a_manifest_without_its_file_is_unavailable(drop: Drop) -> None:
    drop.put("roster.csv.manifest.json", b"{}")
    with pytest.raises(SourceUnavailable):
        find(drop.at("roster*"), drop.connection)


def test_a_growing_file_raises_source_growing(drop: Drop) -> None:
    drop.put("roster.csv", CONTENT)
    files = find(drop.at("roster.csv"), drop.connection)
    wait_until_settled(files, 0.1)
    writer = threading.Timer(0.1, drop.put, ("roster.csv", CONTENT * 2))
    writer.start()
    with pytest.raises(SourceGrowing):
        wait_until_settled(files, 1.2)
    writer.join()


def test_a_file_changed_after_it_was_found_is_not_downloaded(drop: Drop, tmp_path: Path) -> None:
    drop.put("roster.csv", CONTENT)
    [file] = find(drop.at("roster.csv"), drop.connection)
    drop.put("roster.csv", CONTENT[:-100])
    with pytest.raises(SourceGrowing):
        download(file, tmp_path / "here")
    assert not list(tmp_path.glob("here*"))


def test_a_file_that_disappeared_is_refused_and_leaves_no_part(drop: Drop, tmp_path: Path) -> None:
    drop.put("roster.csv", CONTENT)
    [file] = find(drop.at("roster.csv"), drop.connection)
    gone = replace(file, path=file.path.replace("roster.csv", "gone.csv"))
    with pytest.raises(SourceUnavailable):
        download(gone, tmp_path / "here")
    with pytest.raises(SourceGrowing):
        wait_until_settled([gone], 0.01)
    assert not list(tmp_path.glob("here*"))


def test_an_old_file_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_bytes(CONTENT)
    hour_ago = time.time() - 3600
    os.utime(tmp_path / "roster.csv", (hour_ago, hour_ago))
    files = find(str(tmp_path / "*.csv"), None)
    begun = time.monotonic()
    wait_until_settled(files, 60)
    assert time.monotonic() - begun < 50


def test_a_file_without_modification_time_is_checked_again(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_bytes(CONTENT)
    [file] = find(str(tmp_path / "roster.csv"), None)
    begun = time.monotonic()
    with pytest.raises(SourceGrowing):  # it is compared, and what has no time differs from what has one
        wait_until_settled([replace(file, modified=None)], 0.2)
    assert time.monotonic() - begun >= 0.2


def test_a_symbolic_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "2026-09-01.csv").write_bytes(CONTENT)
    (tmp_path / "latest.csv").symlink_to(tmp_path / "2026-09-01.csv")
    [file] = find(str(tmp_path / "latest.csv"), None)
    assert (file.name, file.size) == ("latest.csv", len(CONTENT))
    assert download(file, tmp_path / "here") == hashlib.sha256(CONTENT).hexdigest()


def test_two_files_with_the_same_name_are_refused(tmp_path: Path) -> None:
    for folder in ("east", "west"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "roster.csv").write_bytes(CONTENT)
    with pytest.raises(ContractBroken, match="two files with the same name"):
        find(str(tmp_path / "*" / "roster.csv"), None)


@pytest.mark.parametrize(
    "path", ["/drop/../etc/passwd", "/drop/a\\b.csv", "/drop/a\nb.csv", "/etc/a.csv", "/dropped/a"]
)
def test_file_names_that_lead_out_of_the_folder_are_refused(path: str) -> None:
    hostile = RemoteFile(path.rpartition("/")[2], path, 1, datetime.now(UTC) - timedelta(days=1))
    with pytest.raises(ContractBroken, match="leads out of its folder"):
        remote._check_names([hostile], "/drop/*.csv")
    remote._check_names([replace(hostile, name="a.csv", path="/drop/a.csv")], "/drop/*.csv")
