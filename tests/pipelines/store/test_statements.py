"""Statements are found by family and name, and every statement in sql/ is used."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from sqlalchemy import create_engine

from pipelines.merge import apply
from pipelines.plan import changes
from pipelines.settings import PROJECT
from pipelines.store.statements import SQL, parameters_of, rows, statement, text_of
from schemas.entities import DECLARED, ENTITIES


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
    assert parameters_of("runs/runs.get") == {"run_id"}
    assert parameters_of("plan/users.match") >= {"district_id", "source"}


def test_an_unknown_statement_is_refused() -> None:
    with pytest.raises(KeyError):
        statement("runs/runs.no_such_statement")
    with pytest.raises(FileNotFoundError):
        statement("no_such_family.get")


def test_statement_names_are_unique_in_their_family() -> None:
    assert len(named()) == len(set(named()))


def test_every_statement_is_used() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (PROJECT / "pipelines").rglob("*.py"))
    assert [name for name in named() if not re.search(rf'"{re.escape(name)}["@]', code)] == []


def test_the_orders_of_plan_and_merge_contain_all_their_statements() -> None:
    ordered = [name for block in changes.ORDER for name in block.statements]
    ordered += [name for name, _ in apply.ORDER]
    ordered = [name.partition("@")[0] for name in ordered]
    others = {"plan/scope.forget_plan", "plan/scope.retired", "plan/users.keep_delivered"}  # around the sources
    others |= {"plan/rekey.forget", "plan/rekey.refuse"}
    families = re.compile(r"plan/(?!summary)\w+|merge/(?!apply|late_runs|scope_proof|undo)\w+")
    assert {name for name in named() if families.fullmatch(name.rpartition(".")[0])} == {
        name for name in ordered if not name.startswith("store/temporary_tables.")
    } | others


@pytest.mark.parametrize("name", [name for name, _ in apply.ORDER])
def test_braces_are_filled_in_from_the_entity(name: str) -> None:
    template, _, entity = name.partition("@")
    assert "{entity}" in text_of(template)
    assert "{" not in text_of(name)
    assert f"roster.{entity} " in text_of(name) or template.endswith(".link")


def test_no_brace_is_left_in_the_order_of_a_plan() -> None:
    asked = {name for block in changes.ORDER for name in block.statements}
    filled = {name for name in asked if "@" in name}
    assert {name.partition("@")[0] for name in filled} >= {f"plan/{entity}.resolve" for entity in ENTITIES}
    assert [name for name in asked if re.search(r"\{[^}]", text_of(name))] == []


def test_the_text_in_braces_is_repeated_for_each_column() -> None:
    classes, schools = text_of("plan/classes.resolve@classes"), text_of("plan/schools.resolve@schools")
    assert f"(n, id, action, {', '.join(DECLARED['classes'].plain)}, school_id, course_id, term_ids)" in classes
    assert "case when f.period > 0 then s.period else r.period end as period," in classes
    plain = "".join(f"{name}, " for name in DECLARED["schools"].plain)  # none, until a school has such a field
    assert re.search(rf"\(n, id, action, {plain} *name\)", schools)


def test_a_statement_is_printed_as_it_runs() -> None:
    command = [sys.executable, "-m", "pipelines.store.statements", "merge/entities.create@terms"]
    printed = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    attributes = ", ".join(DECLARED["terms"].attributes)
    assert printed.startswith(f"insert into roster.terms (district_id, term_id, {attributes}, origin")
    assert printed.endswith(";\n")


def test_every_sql_file_begins_with_its_grain() -> None:
    for path in SQL.rglob("*.sql"):
        if path.parent.name != "migrations":
            assert path.read_text(encoding="utf-8").startswith("-- Grain: "), path


def test_rows_are_dicts(warehouse: str) -> None:
    with create_engine(warehouse).connect() as connection:
        assert rows(connection, "store/migrations.register_exists") == [{"?column?": True}]
