"""Whole nights, as the scheduler runs them: what each kind of change plans and does."""

from __future__ import annotations

from sandbox import nights
from tests.town import Town, world
from tests.warehouse import BOTH


@BOTH
def test_a_first_night_creates_everybody_and_everything(town: Town) -> None:
    first = world()
    told = town.night(first)
    assert told.status == "applied"
    expected = nights.opening(first)
    assert {key: told.planned[key] for key in expected} == expected
    assert town.one("select count(*) from roster.users") == expected["users", "create"]
