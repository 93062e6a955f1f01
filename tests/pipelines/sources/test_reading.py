"""The same bytes mean the same only when they are read the same way."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.runs.request import Scope
from pipelines.settings import District
from pipelines.sources.reading import digest

FACTS: dict[str, Any] = {
    "district_id": "springfield",
    "name": "Springfield",
    "sources": [{"kind": "sis_file", "path": "roster.csv", "columns": {"term": "Semester"}}],
}


def of(scope: Scope | None = None, **changed: Any) -> str:
    district = District.model_validate(FACTS | changed)
    return digest(district, district.sources[0], scope or Scope())


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
def test_settings_that_decide_what_a_file_means_change_its_reading(changed: dict[str, Any]) -> None:
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
def test_settings_that_do_not_decide_it_leave_it_alone(changed: dict[str, Any]) -> None:
    assert of(**changed) == of()
