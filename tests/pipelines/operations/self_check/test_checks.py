"""A check passes, passes with a warning, or fails."""

from __future__ import annotations

from pipelines.errors import SettingsInvalid
from pipelines.operations.self_check.checks import Check, CheckResult, tried


def test_a_failed_check_or_warning_has_owner_and_next_step() -> None:
    def broken() -> str:
        raise SettingsInvalid("it is wrong", owner="somebody", fix="mend it")

    red, warned = tried("a", broken), tried("b", lambda: CheckResult("old", True, "ask", "the vendor"))
    assert (red.ok, red.is_well, red.owner, red.fix) == (False, False, "somebody", "mend it")
    assert red.result.startswith("SETTINGS_INVALID: it is wrong")
    assert warned == Check("b", True, "old", True, "the vendor", "ask")
    assert not warned.is_well


def test_a_passed_check_has_no_owner() -> None:
    for look in (lambda: "fine", lambda: CheckResult("fine", fix="nothing is done about it")):
        well = tried("a", look)
        assert well == Check("a", True, "fine")
        assert well.is_well
