"""Real PostgreSQL servers for tests, a database for each test, and its whole content as bytes."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

OLDEST = 15
NEWEST = 18
# Its binaries are Debian's, which a first `make test` must not need; the gate installs them.
_OLDEST = pytest.param(OLDEST, id="postgresql-15", marks=pytest.mark.postgresql_15)
ON_OLDEST = pytest.mark.parametrize("server", [_OLDEST], indirect=True)
BOTH = pytest.mark.parametrize("server", [pytest.param(NEWEST, id="postgresql-18"), _OLDEST], indirect=True)
_DEBIAN = Path(f"/usr/lib/postgresql/{OLDEST}/bin")
_PASSWORD = "rollbook"  # of a server that only this machine reaches and that ends with the tests
TEMPLATE = "rollbook_migrated"
_HASTE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}  # nothing here outlives a crash

Dump = dict[str, bytes]


@dataclass(frozen=True)
class Server:
    """A running server; `url` is SQLAlchemy's, of its maintenance database."""

    version: int
    url: str

    def url_of(self, database: str) -> str:
        """Return the SQLAlchemy URL of one of the server's databases."""
        return make_url(self.url).set(database=database).render_as_string(hide_password=False)


@contextmanager
def newest() -> Iterator[Server]:
    """Start the newest supported PostgreSQL, which comes with Rollbook."""
    from pipelines.store import embedded

    folder = _folder()
    try:
        server = Server(NEWEST, embedded.start(folder / "data"))
        _hasten(server)
        yield server
    finally:
        embedded.server_in(folder / "data").cleanup()
        shutil.rmtree(folder)


@contextmanager
def oldest() -> Iterator[Server]:
    """Start the oldest supported PostgreSQL, from Debian's package, on a free port and with a password."""
    if not (_DEBIAN / "initdb").exists():
        raise AssertionError(f"PostgreSQL {OLDEST} is not installed: apt-get install postgresql (it is in {_DEBIAN})")
    folder = _folder()
    login = "postgres" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
    if login:
        shutil.chown(folder, login)
    secret, data, port = folder / "secret", folder / "data", _free_port()
    secret.write_text(_PASSWORD, encoding="utf-8")
    _run(login, "initdb", "-D", data, "-U", "postgres", "-E", "utf8", "-A", "scram-sha-256", "--pwfile", secret)
    listen = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
    _run(login, "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", listen, "start")
    try:
        server = Server(OLDEST, f"postgresql+psycopg://postgres:{_PASSWORD}@127.0.0.1:{port}/postgres")
        _hasten(server)
        yield server
    finally:
        _run(login, "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
        shutil.rmtree(folder)


@contextmanager
def database(server: Server, name: str, template: str = TEMPLATE) -> Iterator[str]:
    """Create a database for one test, as a copy of the template; yield its SQLAlchemy URL."""
    create(server, name, template)
    try:
        yield server.url_of(name)
    finally:
        _administer(server, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def create(server: Server, name: str, template: str = TEMPLATE) -> None:
    """Create a database that stays until its server stops."""
    # Files are copied faster than pages are logged, and this is done a thousand times.
    command = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
    _administer(server, command.format(sql.Identifier(name), sql.Identifier(template)))


def prepare(server: Server) -> None:
    """Create the template: an empty warehouse with all migrations applied."""
    from pipelines.store.engine import dispose
    from pipelines.store.migrate import migrate

    create(server, TEMPLATE, "template1")
    before = os.environ.get("ROLLBOOK_WAREHOUSE_URL")
    os.environ["ROLLBOOK_WAREHOUSE_URL"] = server.url_of(TEMPLATE)
    try:
        migrate()
    finally:
        dispose()
        os.environ.pop("ROLLBOOK_WAREHOUSE_URL")
        if before is not None:
            os.environ["ROLLBOOK_WAREHOUSE_URL"] = before
    end_sessions(server, TEMPLATE)


def end_sessions(server: Server, name: str) -> int:
    """End every session on a database, as an administrator or a failing network does; return how many there were."""
    ended = sql.SQL("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = {}")
    return len(_administer(server, ended.format(sql.Literal(name))))


def ask(url: str, query: str, *parameters: Any, role: str | None = None) -> list[tuple[Any, ...]]:
    """Return the rows of a query, on a separate connection, as another role if one is given."""
    with connect(url) as connection:
        if role:
            connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
        found = connection.execute(query.encode(), parameters)
        return found.fetchall() if found.description else []


def connect(url: str) -> psycopg.Connection[Any]:
    """Open a connection outside Rollbook's own pool."""
    return psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))


def dump(url: str, *schemas: str) -> Dump:
    """Return every row of every table in the schemas (by default roster and history), as bytes, in a fixed order."""
    wanted = list(schemas or ("roster", "history"))
    with connect(url) as connection:
        named = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY(%s) ORDER BY 1, 2", (wanted,)
        ).fetchall()
        return {f"{schema}.{table}": _content(connection, schema, table) for schema, table in named}


def _content(connection: psycopg.Connection[Any], schema: str, table: str) -> bytes:
    query = sql.SQL("COPY (SELECT t::text FROM {} AS t ORDER BY 1) TO STDOUT").format(sql.Identifier(schema, table))
    with connection.cursor().copy(query) as stream:
        return b"".join(bytes(block) for block in stream)


def _administer(server: Server, statement: sql.Composable) -> list[tuple[Any, ...]]:
    url = make_url(server.url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute(statement)
        return found.fetchall() if found.description else []


def _hasten(server: Server) -> None:
    for name, value in _HASTE.items():
        _administer(server, sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value)))
    _administer(server, sql.SQL("SELECT pg_reload_conf()"))


def _run(login: str | None, program: str, *arguments: object) -> None:
    command = [str(_DEBIAN / program), *map(str, arguments)]
    done = subprocess.run(command, user=login, cwd="/", capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{program}: {done.stdout} {done.stderr}"


def _folder() -> Path:
    """Return a folder that another login may enter: pytest closes its own folders to other logins."""
    return Path(tempfile.mkdtemp(prefix="rollbook-postgresql-"))


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
