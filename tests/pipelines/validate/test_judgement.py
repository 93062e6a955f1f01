"""The severities of findings; a district may relax only relaxable rules."""

from __future__ import annotations

import pytest

from pipelines.errors import SettingsInvalid
from schemas.rules import RULES
from tests.delivery import judge, line


@pytest.mark.parametrize("code", ["MISSING_STUDENT_ID", "NO_SUCH_RULE", "ID_REUSED"])
def test_a_rule_that_cannot_be_relaxed_is_refused_in_the_settings(code: str) -> None:
    with pytest.raises(SettingsInvalid, match="CLASS_WITHOUT_TEACHER"):
        judge([line()], settings={"rules": {code: "warning"}})


def test_a_relaxable_rule_may_keep_its_severity_in_the_settings() -> None:
    assert judge([line()], settings={"rules": {"CLASS_WITHOUT_TEACHER": "error"}}).counts["accepted"] == 1


def test_findings_are_sorted_by_severity_then_by_count() -> None:
    rows = [
        line(term=""),
        line(term="", student_last=""),
        line(student_id="2", student_email=""),
        line(school_id=" 0012"),
    ]
    judged = judge(rows)
    found = [(finding.code, finding.severity, finding.count) for finding in judged.findings]
    assert found == [
        ("MISSING_TERM", "error", 2),
        ("MISSING_NAME", "error", 1),
        ("MISSING_EMAIL", "warning", 1),
        ("TRIMMED", "note", 1),
    ]


def test_every_code_of_a_finding_is_in_the_catalogue() -> None:
    judged = judge([line(), line(), line(student_id="1.0"), line(class_id="C2", school_id=" 7 ", student_email="")])
    assert judged.findings
    assert {finding.code for finding in judged.findings} <= RULES.keys()
