"""The declaration of each temporary table is true: where it is created, who writes it, who reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from pipelines.store.statements import SQL
from tests.declared import FILE, Declared, alike, views

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
_FUNCTION = re.compile(r"^create function ([\w.]+)(.+?)^\$\$;", re.MULTILINE | re.DOTALL)
_NOTES = re.compile(r"--.*$", re.MULTILINE)


def bodies() -> Iterator[tuple[str, str]]:
    """Yield every statement and every function in sql/: name and text."""
    for path in sorted(SQL.rglob("*.sql")):
        content = path.read_text(encoding="utf-8")
        if path.parent.name == "migrations":
            yield from ((name, _NOTES.sub("", body)) for name, body in _FUNCTION.findall(content))
        elif path != FILE:
            parts = _NAME.split(content)[1:]
            family = str(path.relative_to(SQL).with_suffix(""))
            for name, body in zip(parts[::2], parts[1::2], strict=True):
                yield f"{family}.{name}", _NOTES.sub("", body)


def uses(table: str, words: str) -> list[str]:
    """Return the statements in which one of these words stands before the table, or before its name's pattern."""
    family = re.sub(r"_(schools|terms|courses|classes|users|enrollments|contacts)$", r"_%(?:1\$)?s", table)
    named = re.compile(rf"\b(?:{words}) (?:{table}|{family})(?!\w)")
    return [name for name, body in bodies() if named.search(body)]


@pytest.mark.parametrize("declared", alike(), ids=lambda declared: declared[0].name)
def test_the_writers_and_readers_of_a_temporary_table_are_those_declared(declared: list[Declared]) -> None:
    writers, readers = declared[0].writers, declared[0].readers
    written = {name for table in declared for name in uses(table.name, "insert into|update|delete from")}
    assert set(writers) == written
    read = {name for table in declared for name in uses(table.name, "from|join|using")}
    declared_readers = {name for name in read for reader in readers if name == reader or name.startswith(f"{reader}.")}
    assert read - declared_readers - written == set()
    assert [one for one in readers if not any(name == one or name.startswith(f"{one}.") for name in read)] == []


def test_no_statement_creates_a_temporary_table_from_a_query() -> None:
    assert [name for name, body in bodies() if re.search(r"create temporary table [^(]+ as\b", body)] == []


def test_no_function_creates_a_temporary_table() -> None:
    for path in (SQL / "migrations").glob("*.sql"):
        assert "create temporary table" not in path.read_text(encoding="utf-8")


def test_temporary_views_are_created_by_the_declared_functions() -> None:
    makers = {name for name, body in bodies() if "create or replace temporary view" in body and "." in name}
    assert set(views().values()) <= makers
    assert makers - set(views().values()) == {
        "staging.see_resolved"
    }  # a page reads a part of the views of staging.see_run
