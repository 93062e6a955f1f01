"""Every reason has a problem, an actor and an action."""

from __future__ import annotations

from typing import get_args

import pytest

from schemas.rules import RULES
from schemas.student_reasons import APP, REASONS, Actor, help_for


@pytest.mark.parametrize("reason", [*REASONS, *RULES, "EMAIL_MISMATCH"])
def test_every_reason_and_every_rule_has_one_of_four_actors_and_an_action(reason: str) -> None:
    help_text = help_for(reason, ["clever"])
    assert help_text.actor in get_args(Actor)
    assert help_text.what
    assert help_text.action


def test_help_for_a_rule_has_the_rules_fix_and_an_actor_of_canvas() -> None:
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
def test_an_email_mismatch_names_every_system_and_the_student_acts_only_for_the_app(
    systems: list[str], actor: str, between: str
) -> None:
    help_text = help_for("EMAIL_MISMATCH", systems)
    assert (help_text.actor, help_text.action) == (actor, f"make the student's email the same in {between}")
    assert between in help_text.what
