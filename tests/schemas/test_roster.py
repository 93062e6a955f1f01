"""The canonical tables: one name for one thing, and no table without a key."""

from __future__ import annotations

import pytest

from pipelines.sources.assertions import ROLES as KNOWN_ROLES
from schemas.roster import ROLES, ROSTER


def test_the_canonical_tables_are_the_six_of_a_roster() -> None:
    assert list(ROSTER) == ["schools", "terms", "courses", "classes", "users", "enrollments"]


@pytest.mark.parametrize("entity", ["schools", "terms", "courses", "classes", "users"])
def test_every_entity_has_a_number_and_an_id_of_its_own(entity: str) -> None:
    columns = ROSTER[entity].columns
    assert columns["n"].unique
    assert columns["source_id"].unique
    assert not columns["source_id"].nullable


def test_roles_are_the_same_wherever_they_are_listed() -> None:
    assert set(ROLES) == set(KNOWN_ROLES)
