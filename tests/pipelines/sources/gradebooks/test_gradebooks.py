"""The kinds of gradebook sources, and the errors for unknown kinds and settings."""

from __future__ import annotations

import pytest

from pipelines.errors import SettingsInvalid
from pipelines.settings import SourceSettings
from pipelines.sources.gradebooks import KINDS, configured, module_of


@pytest.mark.parametrize("kind", KINDS)
def test_every_gradebook_kind_has_a_module_with_fetch_and_understand(kind: str) -> None:
    module = module_of(kind)
    assert kind == module.KIND
    assert issubclass(module.Settings, SourceSettings)
    assert callable(module.fetch)
    assert callable(module.understand)


@pytest.mark.parametrize("kind", ["sis_file", "clever", "book", "../settings", ""])
def test_a_roster_source_is_not_a_gradebook_source(kind: str) -> None:
    with pytest.raises(SettingsInvalid, match="no gradebook source"):
        module_of(kind)


def test_a_misspelled_setting_is_refused_with_a_suggestion() -> None:
    asked = SourceSettings.model_validate({"kind": "grade_file", "activitys": "a.csv", "scores": "s.csv"})
    with pytest.raises(SettingsInvalid, match="did you mean 'activities'"):
        configured(asked)
    asked = SourceSettings.model_validate(
        {"kind": "grade_file", "activities": "a", "scores": "s", "columns": {"score": {}}}
    )
    with pytest.raises(SettingsInvalid, match=r"columns\.score"):
        configured(asked)
