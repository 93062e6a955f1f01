"""Apply the numbered migrations from `sql/migrations/`, each once, in order, under a lock."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from sqlalchemy import Connection

from pipelines.errors import ContractBroken, Place
from pipelines.store.engine import transaction
from pipelines.store.statements import SQL, execute

_FILE = re.compile(r"\d{4}_\w+\.sql")


def migrate() -> list[str]:
    """Apply the migrations that are missing, grant the roles' rights, and return the names of the applied migrations.

    Raises ContractBroken if a migration was changed after it was applied.
    """
    with transaction() as connection:
        execute(connection, "store/migrations.lock")
        execute(connection, "store/migrations.create_register")
        applied = {row.name: row.sha256 for row in execute(connection, "store/migrations.applied")}
        done = [path.name for path in _files() if _apply(connection, path, applied.get(path.name))]
        execute(connection, "store/roles.grant")
        return done


def pending() -> list[str]:
    """Return the names of the migrations that were not applied yet."""
    with transaction() as connection:
        there = execute(connection, "store/migrations.register_exists").scalar_one()
        applied = {row.name for row in execute(connection, "store/migrations.applied")} if there else set()
    return [path.name for path in _files() if path.name not in applied]


def _files() -> list[Path]:
    return sorted(path for path in (SQL / "migrations").iterdir() if _FILE.fullmatch(path.name))


def _apply(connection: Connection, path: Path, applied: str | None) -> bool:
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if applied == digest:
        return False
    if applied:
        raise ContractBroken(
            "a migration was changed after it was applied",
            place=Place(path.name),
            fix="restore the file, and write a new migration for the change",
        )
    connection.exec_driver_sql(content.decode().replace("%", "%%"))
    execute(connection, "store/migrations.record", name=path.name, sha256=digest)
    return True
