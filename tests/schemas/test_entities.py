"""The declared columns of each entity equal the columns of its tables."""

from __future__ import annotations

import pytest

from schemas.entities import ALL, DECLARED, ENTITIES
from tests import warehouse as postgresql

_COLUMNS = "select column_name from information_schema.columns where table_schema = %s and table_name = %s"


def columns(url: str, schema: str, table: str) -> set[str]:
    return {name for (name,) in postgresql.ask(url, _COLUMNS, schema, table)}


@pytest.mark.parametrize("entity", ALL)
def test_the_declared_columns_equal_the_columns_of_roster_and_history(warehouse: str, entity: str) -> None:
    declared = DECLARED[entity].columns
    assert len(declared) == len(set(declared))
    assert set(declared) == columns(warehouse, "roster", entity)
    assert columns(warehouse, "history", entity) - set(declared) == {"valid_from", "valid_to", "ended_by"}


@pytest.mark.parametrize("entity", ENTITIES)
def test_the_table_of_resolved_rows_has_every_column_that_a_source_fills(warehouse: str, entity: str) -> None:
    own = {"n", "id", "action"} | ({"manages"} if entity == "users" else set())
    assert columns(warehouse, "staging", f"resolved_{entity}") == set(DECLARED[entity].attributes) | own


def test_the_table_of_changes_has_every_column_of_an_enrollment_that_a_source_fills(warehouse: str) -> None:
    enrollments = DECLARED["enrollments"]
    assert {*enrollments.key, *enrollments.attributes} <= columns(warehouse, "work", "changes")
