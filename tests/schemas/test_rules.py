"""The catalogue of row rules has a text, an owner and a fix for each rule."""

from __future__ import annotations

from schemas.rules import RULES


def test_every_rule_names_its_owner_and_its_fix() -> None:
    assert len(RULES) > 20
    for code, rule in RULES.items():
        assert code == rule.code == code.upper()
        assert rule.owner
        assert rule.what
        assert rule.fix


def test_a_missing_email_is_only_a_warning() -> None:
    assert RULES["MISSING_EMAIL"].severity == "warning"
