"""Real servers that receive files: SFTP in this process, and S3 by moto, each on its own port."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import asyncssh
from moto.server import ThreadedMotoServer

from pipelines.settings.connections import Connection

LOGIN, PASSWORD = "rosters", "open-sesame"


@cache
def key(name: str) -> asyncssh.SSHKey:
    """Return a key, created once per name and process: keys are slow to create."""
    return asyncssh.generate_private_key("ssh-ed25519", name)


def public(name: str) -> str:
    """Return a key's public half, as `host_key` writes it."""
    return key(name).export_public_key().decode().rsplit(" ", 1)[0].strip()


@dataclass(frozen=True)
class SftpDrop:
    """A running SFTP server and the folder it serves."""

    port: int
    folder: Path

    def connection(self, **different: Any) -> Connection:
        """Return a connection that the server accepts, with changes."""
        facts: dict[str, Any] = {
            "conn_id": "drop",
            "conn_type": "sftp",
            "host": "127.0.0.1",
            "port": self.port,
            "login": LOGIN,
            "password": PASSWORD,
            "extra": {"host_key": public("host")},
        }
        return Connection(**{**facts, **different})

    def url(self, pattern: str) -> str:
        return f"sftp://127.0.0.1:{self.port}/{pattern}"


class _Door(asyncssh.SSHServer):
    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (LOGIN, PASSWORD)

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, given: asyncssh.SSHKey) -> bool:
        return given.public_data == key("client").public_data


@contextmanager
def sftp(folder: Path) -> Iterator[SftpDrop]:
    """Serve a folder."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def room(channel: Any) -> asyncssh.SFTPServer:
        return asyncssh.SFTPServer(channel, chroot=str(folder).encode())

    async def open_() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1", 0, server_factory=_Door, server_host_keys=[key("host")], sftp_factory=room
        )

    server = asyncio.run_coroutine_threadsafe(open_(), loop).result(20)
    try:
        yield SftpDrop(server.get_port(), folder)
    finally:

        async def close() -> None:
            server.close()
            await server.wait_closed()
            left = asyncio.all_tasks() - {asyncio.current_task()}
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(close(), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.close()


@dataclass(frozen=True)
class S3Drop:
    """A running S3 server."""

    endpoint: str

    def connection(self, **extra: Any) -> Connection:
        """Return a connection that the server accepts."""
        facts = {"endpoint_url": self.endpoint, "region_name": "eu-west-1", **extra}
        return Connection("drop", "aws", login="key", password="secret", extra=facts)


@contextmanager
def s3() -> Iterator[S3Drop]:
    """Serve an empty S3."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield S3Drop(f"http://{host}:{port}")
    finally:
        server.stop()
