"""Every state has an explanation, and where somebody has to act, an actor and an action (IC-12 to IC-17)."""

from __future__ import annotations

import pytest

from schemas.grade_states import CLASSES, REASONS

STATES = {"NOT_SYNCED", "NOT_FOUND", "SYNCED", "ERROR"}


def test_there_are_four_states_and_each_has_a_reason() -> None:
    assert {reason.state for reason in REASONS.values()} == STATES


@pytest.mark.parametrize("name", sorted(REASONS))
def test_every_reason_is_explained_in_a_sentence(name: str) -> None:
    assert REASONS[name].explanation.strip().endswith(".")


@pytest.mark.parametrize("name", sorted(n for n, reason in REASONS.items() if reason.state in {"ERROR", "NOT_FOUND"}))
def test_every_error_and_not_found_reason_has_an_actor_and_an_action(name: str) -> None:
    assert REASONS[name].actor
    assert REASONS[name].action


@pytest.mark.parametrize("name", sorted(n for n, reason in REASONS.items() if reason.state == "SYNCED"))
def test_synced_reasons_have_no_actor_and_no_action(name: str) -> None:
    assert (REASONS[name].actor, REASONS[name].action) == ("", "")


def test_the_reason_not_in_canvas_names_both_causes() -> None:
    explanation = REASONS["NOT_IN_CANVAS"].explanation
    assert "email or id may differ" in explanation
    assert "dropped the course" in explanation


def test_every_reason_not_to_export_a_class_has_a_text() -> None:
    assert all(CLASSES.values())
