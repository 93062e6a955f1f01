"""Statements are found by their family and name, and none in sql/ is dead."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import create_engine

from pipelines.settings import PROJECT
from pipelines.store.statements import SQL, parameters_of, rows, statement


def named() -> list[str]:
    found = [
        f"{path.relative_to(SQL).with_suffix('')}.{name}"
        for path in sorted(SQL.rglob("*.sql"))
        if path.parent.name != "migrations"
        for name in re.findall(r"^-- name: (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert len(found) > 50
    return found


def test_a_statement_has_the_parameters_it_binds() -> None:
    assert parameters_of("runs.get") == {"run_id"}
    assert parameters_of("plan/users.match") >= {"district_id", "source"}


def test_a_statement_that_is_not_there_is_refused() -> None:
    with pytest.raises(KeyError):
        statement("runs.no_such_statement")
    with pytest.raises(FileNotFoundError):
        statement("no_such_family.get")


def test_no_statement_name_stands_twice_in_a_family() -> None:
    assert len(named()) == len(set(named()))


def test_every_statement_is_used() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (PROJECT / "pipelines").rglob("*.py"))
    generated = re.compile(r"plan/(schools|terms|courses|classes|users|enrollments|rekey)\.|merge/(?!plan)\w+\.")
    dead = [name for name in named() if f'"{name}"' not in code and not generated.match(name)]
    assert dead == []
    short = {name.rpartition(".")[2] for name in named() if generated.match(name)}
    found = {name: rf'["./](find_|analyze_)?({name}|{name.rpartition("_")[2]})"' for name in short}
    assert [name for name, written in found.items() if not re.search(written, code)] == []


def test_every_file_says_its_grain_in_its_first_line() -> None:
    for path in SQL.rglob("*.sql"):
        if path.parent.name != "migrations":
            assert path.read_text(encoding="utf-8").startswith("-- Grain: "), path


def test_rows_are_dicts(warehouse: str) -> None:
    with create_engine(warehouse).connect() as connection:
        assert rows(connection, "store/migrations.register_exists") == [{"?column?": True}]
