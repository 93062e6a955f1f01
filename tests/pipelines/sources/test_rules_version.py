"""The same bytes are unchanged only under the same rules version."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.runs.request import Scope
from pipelines.settings import District
from pipelines.sources.rules_version import RULES_VERSION, rules_version

FACTS: dict[str, Any] = {
    "district_id": "springfield",
    "name": "Springfield",
    "sources": [{"kind": "sis_file", "path": "roster.csv", "columns": {"term": "Semester"}}],
}


def of(scope: Scope | None = None, **changed: Any) -> str:
    district = District.model_validate(FACTS | changed)
    return rules_version(district, district.sources[0], scope or Scope())


@pytest.mark.parametrize(
    "changed",
    [
        {"schools": ["0101"]},
        {"terms": ["Fall"]},
        {"new_schools": "create"},
        {"rules": {"CLASS_WITHOUT_TEACHER": "warning"}},
        {"share": ["schools"]},
        {"sources": [{"kind": "sis_file", "path": "roster.csv"}]},
        {"sources": [{"kind": "sis_file", "path": "roster.csv", "columns": {"term": "Semester"}, "layout": "staff"}]},
        {"scope": Scope(schools=("0101",))},
        {"scope": Scope(term="Fall")},
    ],
)
def test_settings_that_decide_what_a_file_means_change_the_rules_version(changed: dict[str, Any]) -> None:
    assert of(**changed) != of()


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "Springfield Unified"},
        {"enabled": True},
        {"schedule": "0 3 * * *"},
        {"limits": {"archive_percent": 1}},
        {"owners": {"default": "somebody"}},
        {"sources": [{"kind": "sis_file", "path": "elsewhere.csv", "columns": {"term": "Semester"}}]},
    ],
)
def test_settings_of_a_files_arrival_do_not_change_the_rules_version(changed: dict[str, Any]) -> None:
    assert of(**changed) == of()


def test_the_stored_rules_version_begins_with_the_number_raised_by_hand() -> None:
    assert of().partition("-")[0] == str(RULES_VERSION)
