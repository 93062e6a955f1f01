"""The catalogue of row rules says for each what it refuses, who mends it and how."""

from __future__ import annotations

from schemas.rules import RULES


def test_every_rule_names_its_owner_and_its_fix() -> None:
    assert len(RULES) > 20
    for code, rule in RULES.items():
        assert code == rule.code == code.upper()
        assert rule.owner
        assert rule.what
        assert rule.fix


def test_a_student_without_an_email_is_a_warning_and_not_refused() -> None:
    assert RULES["MISSING_EMAIL"].severity == "warning"
