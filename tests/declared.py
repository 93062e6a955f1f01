"""The temporary tables and views that `sql/store/temporary_tables.sql` declares, with grain, writers and readers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipelines.store.statements import SQL

FILE = SQL / "store/temporary_tables.sql"
_SET = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
_VIEWS = re.compile(r"^-- (\w+\.\w+): ((?:\w+, )*\w+)$", re.MULTILINE)
_COMMENT = re.compile(r"((?:^-- .*\n)+)((?:^create temporary table [^;]+;\n)+)", re.MULTILINE)
_TABLE = re.compile(r"^create temporary table (\w+) \(", re.MULTILINE)
_USES = re.compile(r"(?P<grain>.+?)\s*Written by (?P<writers>.+?)\. Read by (?P<readers>.+?)\.$", re.DOTALL)


@dataclass(frozen=True)
class Declared:
    """A temporary table: the statement that creates it, its grain, and the statements or files that use it."""

    name: str
    created_by: str
    grain: str
    writers: tuple[str, ...]
    readers: tuple[str, ...]


def tables() -> dict[str, Declared]:
    """Return every declared table by its name."""
    parts = _SET.split(FILE.read_text(encoding="utf-8"))[1:]
    found: dict[str, Declared] = {}
    for created_by, body in zip(parts[::2], parts[1::2], strict=True):
        for comment, statements in _COMMENT.findall(body):
            uses = _USES.fullmatch(re.sub(r"\s*\n?-- ", " ", comment).strip())
            assert uses, f"say the grain, who writes it and who reads it: {comment}"
            lists = [tuple(re.split(r",\s*", uses[name])) for name in ("writers", "readers")]
            for name in _TABLE.findall(statements):
                found[name] = Declared(name, created_by, uses["grain"], *lists)
    assert len(found) == len(_TABLE.findall(FILE.read_text(encoding="utf-8")))
    return found


def alike() -> list[list[Declared]]:
    """Return the tables grouped by declaration: the tables of the roster's entities share one."""
    found: dict[str, list[Declared]] = {}
    for table in tables().values():
        found.setdefault(f"{table.created_by}: {table.grain}", []).append(table)
    return [*found.values()]


def views() -> dict[str, str]:
    """Return every declared view by its name, with the function that creates the view."""
    listed = _VIEWS.findall(FILE.read_text(encoding="utf-8").partition("-- name:")[0])
    return {name: maker for maker, names in listed for name in names.split(", ")}


def made_by(*sets: str) -> set[str]:
    """Return the names of the tables that these statements create."""
    return {name for name, table in tables().items() if table.created_by in sets}
