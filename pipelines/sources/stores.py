"""Open stores as fsspec file systems: local, SFTP with a pinned host key, S3 and compatible stores.

This module replaces the error texts of asyncssh and botocore, because they may quote a user, a path or a key.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import fsspec

from pipelines.errors import CredentialsRefused, Place, RollbookError, SettingsInvalid, SourceUnavailable
from pipelines.settings.connections import Connection

_CONNECT_SECONDS = 20
_ANSWER_SECONDS = 120
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_OWNER = "data engineer"


def open_store(pattern: str, connection: Connection | None) -> tuple[Any, str]:
    """Open the file system that a pattern names, and return it with the path within it.

    Raises SettingsInvalid, CredentialsRefused or SourceUnavailable.
    """
    scheme, separator, rest = pattern.partition("://")
    if not separator or scheme == "file":
        return fsspec.filesystem("file", skip_instance_cache=True), os.path.abspath(rest if separator else pattern)
    if ".." in rest.split("/"):
        raise SettingsInvalid("a remote path may not contain '..'", owner=_OWNER, fix="correct path:")
    if "@" in rest.partition("/")[0]:
        raise SettingsInvalid("a path may not contain credentials", owner=_OWNER, fix="move them to a connection")
    if scheme == "sftp":
        return _sftp(rest, connection)
    if scheme == "s3":
        return _s3(connection), rest
    raise SettingsInvalid("path: is neither local, sftp:// nor s3://", owner=_OWNER, fix="correct path:")


def _sftp(rest: str, connection: Connection | None) -> tuple[Any, str]:
    if connection is None or not connection.host:
        raise SettingsInvalid(
            "sftp:// needs a connection with a host", owner=_OWNER, fix="name the connection under connection:"
        )
    # Only the host is parsed as a URL: the brackets of a glob would be read as those of an IPv6 address.
    host, slash, path = rest.partition("/")
    asked = urlsplit(f"//{host}")
    if host and (asked.hostname != connection.host.lower() or (asked.port or connection.port) != connection.port):
        raise SettingsInvalid("path: and connection: name different hosts", owner=_OWNER, fix="correct path:")
    with translate_errors(Place()):
        import asyncssh
        from sshfs import SSHFileSystem

        try:
            keys = _client_keys(connection)
            known_hosts = asyncssh.import_known_hosts(_known_hosts(connection))
        except (asyncssh.KeyImportError, ValueError, OSError):
            raise SettingsInvalid(
                f"a key of connection {connection.conn_id!r} can't be read",
                owner=_OWNER,
                fix="correct the connection's extra",
            ) from None
        files = SSHFileSystem(
            connection.host,
            port=connection.port or 22,
            username=connection.login,
            password=connection.password,
            client_keys=keys,
            known_hosts=known_hosts,
            agent_path=None,
            config=None,
            connect_timeout=_CONNECT_SECONDS,
            login_timeout=_CONNECT_SECONDS,
            keepalive_interval=_CONNECT_SECONDS,
            skip_instance_cache=True,
        )
    return files, slash + path


def _client_keys(connection: Connection) -> list[Any] | None:
    import asyncssh

    passphrase = connection.extra.get("private_key_passphrase")
    if written := connection.extra.get("private_key"):
        return [asyncssh.import_private_key(written, passphrase)]
    if file := connection.extra.get("key_file"):
        return [asyncssh.read_private_key(file, passphrase)]
    return None  # only the password counts: no key of the operating system's user is offered


def _known_hosts(connection: Connection) -> str:
    """Return the pinned host key as lines of a known_hosts file.

    Raises SettingsInvalid if no key is pinned: nothing is sent to a server that can't be verified.
    """
    if lines := connection.extra.get("known_hosts"):
        return str(lines)
    if key := connection.extra.get("host_key"):
        import asyncssh

        written = str(key).strip() if " " in str(key).strip() else f"ssh-rsa {str(key).strip()}"
        asyncssh.import_public_key(written)  # raises now: known_hosts would skip an unreadable key and trust no host
        return f"* {written}"
    raise SettingsInvalid(
        f"connection {connection.conn_id!r} has no pinned host key",
        owner=_OWNER,
        fix="put the server's public key into the extra as host_key, or lines of known_hosts as known_hosts",
    )


def _s3(connection: Connection | None) -> Any:
    from s3fs import S3FileSystem

    extra = connection.extra if connection else {}
    endpoint = extra.get("endpoint_url")
    if endpoint and urlsplit(endpoint).scheme != "https" and urlsplit(endpoint).hostname not in _LOOPBACK:
        raise SettingsInvalid(
            "endpoint_url is not an https address", owner=_OWNER, fix="use the endpoint's https address"
        )
    return S3FileSystem(
        key=connection.login if connection else None,
        secret=connection.password if connection else None,
        token=extra.get("aws_session_token"),
        endpoint_url=endpoint,
        client_kwargs={"region_name": extra["region_name"]} if "region_name" in extra else {},
        config_kwargs={
            "connect_timeout": _CONNECT_SECONDS,
            "read_timeout": _ANSWER_SECONDS,
            "retries": {"max_attempts": 2},
        },
        use_listings_cache=False,
        skip_instance_cache=True,
    )


@contextmanager
def translate_errors(place: Place) -> Iterator[None]:
    """Raise a store's errors as our own: the text of a server's error may quote a path, a user or a key."""
    try:
        yield
    except RollbookError:
        raise
    except PermissionError:
        raise _refused("the server refused Rollbook's credentials, or access to this file", place) from None
    except (OSError, EOFError) as error:
        raise _unavailable(error, place) from None
    except Exception as error:
        answer = _by_library(error, place)
        if answer is None:
            raise
        raise answer from None


def _by_library(error: Exception, place: Place) -> RollbookError | None:
    """Return our error for what asyncssh and botocore raise beyond OSError, or None for other errors.

    The check uses the name of the error's module, because a local file imports neither library.
    """
    name = type(error).__name__
    match type(error).__module__.partition(".")[0]:
        case "asyncssh" if name in {"HostKeyNotVerifiable"}:
            return _refused("the server's host key differs from the pinned key", place)
        case "asyncssh" if name in {"PermissionDenied", "SFTPPermissionDenied"}:
            return _refused("the server refused Rollbook's credentials, or access to this file", place)
        case "botocore" if name in {"NoCredentialsError", "PartialCredentialsError", "NoAuthTokenError"}:
            return _refused("the connection has no credentials for this bucket", place)
        case "asyncssh" | "botocore" | "aiobotocore" | "aiohttp" | "fsspec":
            return _unavailable(error, place)
    return None


def _refused(what: str, place: Place) -> CredentialsRefused:
    return CredentialsRefused(
        what, place=place, owner=_OWNER, fix="correct the connection, or the rights on the server"
    )


def _unavailable(error: Exception, place: Place) -> SourceUnavailable:
    return SourceUnavailable(
        f"the source did not answer ({type(error).__name__})", place=place, owner=_OWNER, fix="try again later"
    )
