"""The documented data model is that of the database, and every table has its grain as a comment."""

from __future__ import annotations

import pytest

from tests import warehouse as postgresql
from tests.data_model import DOCUMENT, OWNERS, SCHEMAS, document, tables_of
from tests.warehouse import BOTH


@BOTH
def test_the_document_matches_the_database(warehouse: str) -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document(warehouse), "renew it: python -m tests.data_model"


@pytest.mark.parametrize("schema", SCHEMAS)
def test_every_table_has_its_grain_as_a_comment(warehouse: str, schema: str) -> None:
    described = f"""
        select relname, obj_description(oid, 'pg_class') from pg_class
        where relnamespace = '{schema}'::regnamespace and relkind in ('r', 'v') and relname <> 'migrations'
    """
    grains = dict(postgresql.ask(warehouse, described))
    assert len(grains) > 2
    assert [table for table, grain in grains.items() if "One row per" not in (grain or "").replace("one", "One")] == []


def test_every_schema_is_in_the_document(warehouse: str) -> None:
    with_tables = "select distinct schemaname from pg_tables where schemaname !~ '^(pg_|information_schema)'"
    assert {schema for (schema,) in postgresql.ask(warehouse, with_tables)} == set(SCHEMAS)


def test_every_relation_refers_to_a_table_that_has_the_key(warehouse: str) -> None:
    for key, owner in OWNERS.items():
        schema, _, table = owner.partition(".")
        columns = {column.name: column for column in tables_of(warehouse, schema)[table]}
        assert key in columns or (schema == "staging" and "n" in columns), owner
        assert schema == "staging" or columns[key].is_key, owner
