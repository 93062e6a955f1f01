"""Every state is explained, and whoever has to act is told so and how (IC-12 to IC-17)."""

from __future__ import annotations

import pytest

from schemas.grade_states import CLASSES, REASONS

STATES = {"NOT_SYNCED", "NOT_FOUND", "SYNCED", "ERROR"}


def test_there_are_four_states_and_each_has_a_reason() -> None:
    assert {reason.state for reason in REASONS.values()} == STATES


@pytest.mark.parametrize("name", sorted(REASONS))
def test_every_reason_is_explained_in_a_sentence(name: str) -> None:
    assert REASONS[name].explanation.strip().endswith(".")


@pytest.mark.parametrize("name", sorted(n for n, one in REASONS.items() if one.state in {"ERROR", "NOT_FOUND"}))
def test_whoever_has_to_act_is_named_and_told_how(name: str) -> None:
    assert REASONS[name].actor
    assert REASONS[name].action


@pytest.mark.parametrize("name", sorted(n for n, one in REASONS.items() if one.state == "SYNCED"))
def test_nobody_has_to_act_on_what_is_synced(name: str) -> None:
    assert (REASONS[name].actor, REASONS[name].action) == ("", "")


def test_not_found_names_both_causes() -> None:
    explanation = REASONS["NOT_IN_CANVAS"].explanation
    assert "email or id may differ" in explanation
    assert "dropped the course" in explanation


def test_every_class_that_is_not_exported_has_its_why() -> None:
    assert all(CLASSES.values())
