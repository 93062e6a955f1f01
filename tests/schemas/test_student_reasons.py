"""Every reason says what is the matter, who acts and how."""

from __future__ import annotations

from typing import get_args

import pytest

from schemas.rules import RULES
from schemas.student_reasons import APP, REASONS, Actor, help_for


@pytest.mark.parametrize("reason", [*REASONS, *RULES, "EMAIL_MISMATCH"])
def test_every_reason_and_every_rule_has_an_actor_of_the_four_and_something_to_do(reason: str) -> None:
    found = help_for(reason, ["clever"])
    assert found.actor in get_args(Actor)
    assert found.what
    assert found.action


def test_a_rules_remedy_is_the_catalogues_and_its_owner_someone_who_can_reach_canvas() -> None:
    assert (help_for("MISSING_NAME").actor, help_for("MISSING_NAME").action) == (
        "Canvas administrator",
        RULES["MISSING_NAME"].fix,
    )
    assert help_for("ACTIVITY_WITHOUT_TITLE").actor == "instructor"
    assert help_for("TOO_LONG").actor == "support"


@pytest.mark.parametrize(
    ("systems", "actor", "between"),
    [
        (["clever"], "Canvas administrator", "Canvas and clever"),
        (["clever", "sis_file"], "Canvas administrator", "Canvas, clever and sis_file"),
        (["sis_file", APP], "Canvas administrator", "Canvas, sis_file and the app"),
        ([APP], "student", "Canvas and the app"),
    ],
)
def test_a_mismatch_names_every_system_and_is_the_students_own_only_in_the_app(
    systems: list[str], actor: str, between: str
) -> None:
    found = help_for("EMAIL_MISMATCH", systems)
    assert (found.actor, found.action) == (actor, f"make the student's email the same in {between}")
    assert between in found.what
