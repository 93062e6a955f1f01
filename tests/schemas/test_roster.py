"""The canonical tables of a roster: their names and keys."""

from __future__ import annotations

import pytest

from pipelines.sources.assertions import ROLES as ASSERTED_ROLES
from schemas.roster import ROLES, ROSTER


def test_there_are_six_canonical_tables() -> None:
    assert list(ROSTER) == ["schools", "terms", "courses", "classes", "users", "enrollments"]


@pytest.mark.parametrize("entity", ["schools", "terms", "courses", "classes", "users"])
def test_every_entity_has_a_unique_number_and_a_unique_source_id(entity: str) -> None:
    columns = ROSTER[entity].columns
    assert columns["n"].unique
    assert columns["source_id"].unique
    assert not columns["source_id"].nullable


def test_the_roles_of_the_schema_equal_the_roles_of_the_assertions() -> None:
    assert set(ROLES) == set(ASSERTED_ROLES)
