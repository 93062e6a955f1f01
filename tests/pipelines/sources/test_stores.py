"""Stores are opened only with pinned host keys and credentials, and errors do not quote the server."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import CredentialsRefused, SettingsInvalid, SourceUnavailable
from pipelines.settings.connections import Connection
from pipelines.sources.remote import find
from pipelines.sources.stores import open_store
from tests import drops


@pytest.fixture
def drop(tmp_path: Path) -> Iterator[drops.SftpDrop]:
    (tmp_path / "roster.csv").write_text("student_id\n")
    with drops.sftp(tmp_path) as server:
        yield server


@pytest.fixture
def closed_port() -> Iterator[int]:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound and not listening: nobody else can take it meanwhile
        yield held.getsockname()[1]


def names(drop: drops.SftpDrop, **different: Any) -> list[str]:
    return [file.name for file in find(drop.url("*.csv"), drop.connection(**different))]


def test_a_host_may_be_pinned_by_key_or_known_hosts_lines(drop: drops.SftpDrop) -> None:
    key = drops.public("host")
    assert names(drop) == ["roster.csv"]
    assert names(drop, extra={"known_hosts": f"[127.0.0.1]:{drop.port} {key}\n"}) == ["roster.csv"]


def test_a_host_key_that_differs_from_the_pinned_key_is_refused(drop: drops.SftpDrop) -> None:
    for extra in (
        {"host_key": drops.public("other")},
        {"known_hosts": f"[127.0.0.1]:{drop.port} {drops.public('other')}\n"},
        {"known_hosts": f"elsewhere.example {drops.public('host')}\n"},
    ):
        with pytest.raises(CredentialsRefused, match="host key differs from the pinned key"):
            names(drop, extra=extra)


def test_a_connection_without_a_pinned_key_is_refused_before_any_request(drop: drops.SftpDrop) -> None:
    for extra in ({}, {"no_host_key_check": True}, {"known_hosts": ""}):
        with pytest.raises(SettingsInvalid, match="has no pinned host key"):
            names(drop, extra=extra)


def test_a_private_key_authenticates(drop: drops.SftpDrop, tmp_path: Path) -> None:
    private = drops.key("client").export_private_key().decode()
    pinned = {"host_key": drops.public("host")}
    assert names(drop, password=None, extra={**pinned, "private_key": private}) == ["roster.csv"]
    (tmp_path / "key").write_text(private)
    assert names(drop, password=None, extra={**pinned, "key_file": str(tmp_path / "key")}) == ["roster.csv"]


def test_wrong_credentials_are_refused_and_not_retried(drop: drops.SftpDrop) -> None:
    other = drops.key("other").export_private_key().decode()
    pinned = {"host_key": drops.public("host")}
    for different in ({"password": "hunter2"}, {"password": None, "extra": {**pinned, "private_key": other}}):
        with pytest.raises(CredentialsRefused) as refused:
            names(drop, **different)
        assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("extra", [{"private_key": "no key"}, {"key_file": "/nowhere"}, {"host_key": "ssh-rsa nokey"}])
def test_an_unreadable_key_is_an_invalid_setting(drop: drops.SftpDrop, extra: dict[str, str]) -> None:
    with pytest.raises(SettingsInvalid, match="can't be read"):
        names(drop, extra={"host_key": drops.public("host"), **extra})


def test_a_file_that_must_not_be_listed_is_refused_or_unavailable(drop: drops.SftpDrop) -> None:
    with pytest.raises(SourceUnavailable):
        find(drop.url("missing/*.csv"), drop.connection())


def test_a_server_that_does_not_answer_is_unavailable(closed_port: int) -> None:
    nobody = drops.SftpDrop(closed_port, Path())
    with pytest.raises(SourceUnavailable):
        names(nobody)
    with pytest.raises(SourceUnavailable):
        find("s3://bucket/*.csv", drops.S3Drop(f"http://127.0.0.1:{closed_port}").connection())


def test_credentials_are_sent_only_to_the_connections_host(drop: drops.SftpDrop) -> None:
    for url in ("sftp://elsewhere.example/*.csv", "sftp://127.0.0.1:2/*.csv"):
        with pytest.raises(SettingsInvalid, match="different hosts"):
            find(url, drop.connection())
    assert [file.name for file in find("sftp:///*.csv", drop.connection())] == ["roster.csv"]
    assert [file.name for file in find("sftp://127.0.0.1/*.csv", drop.connection())] == ["roster.csv"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("sftp://host/drop/../secret/*.csv", "'..'"),
        ("s3://bucket/../other/x.csv", "'..'"),
        ("sftp://user:hunter2@host/x.csv", "credentials"),
        ("ftp://host/x.csv", "neither"),
        ("sftp://host/x.csv", "needs a connection"),
    ],
)
def test_forbidden_paths_are_refused(pattern: str, expected: str) -> None:
    with pytest.raises(SettingsInvalid, match=expected) as refused:
        open_store(pattern, None)
    assert "hunter2" not in str(refused.value)


def test_a_remote_endpoint_without_tls_is_refused() -> None:
    for endpoint in ("http://minio.example:9000", "ftp://minio.example"):
        connection = Connection("drop", "aws", extra={"endpoint_url": endpoint})
        with pytest.raises(SettingsInvalid, match="not an https address"):
            open_store("s3://bucket/x.csv", connection)
    store, path = open_store("s3://bucket/x.csv", Connection("d", "aws", extra={"endpoint_url": "https://s3.example"}))
    assert (path, store.endpoint_url) == ("bucket/x.csv", "https://s3.example")


def test_a_bucket_without_any_credentials_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with drops.s3() as server, pytest.raises(CredentialsRefused):
        find("s3://bucket/*.csv", Connection("d", "aws", extra={"endpoint_url": server.endpoint}))


def test_a_local_path_needs_neither_sftp_nor_s3() -> None:
    program = (
        "import sys; from pipelines.sources.remote import find; find(sys.executable, None);"
        "print([name for name in ('asyncssh', 'sshfs', 's3fs', 'botocore', 'pyarrow') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
