"""Which kinds of gradebook sources there are, and what is told of one that there is not."""

from __future__ import annotations

import pytest

from pipelines.errors import SettingsInvalid
from pipelines.settings import SourceSettings
from pipelines.sources.gradebooks import KINDS, configured, module_of


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_module_that_fetches_and_understands(kind: str) -> None:
    module = module_of(kind)
    assert kind == module.KIND
    assert issubclass(module.Settings, SourceSettings)
    assert callable(module.fetch)
    assert callable(module.understand)


@pytest.mark.parametrize("kind", ["sis_file", "clever", "book", "../settings", ""])
def test_a_roster_s_source_or_another_module_is_no_kind_of_gradebook(kind: str) -> None:
    with pytest.raises(SettingsInvalid, match="no gradebook source"):
        module_of(kind)


def test_a_misspelled_key_is_told_with_what_was_probably_meant() -> None:
    asked = SourceSettings.model_validate({"kind": "grade_file", "activitys": "a.csv", "scores": "s.csv"})
    with pytest.raises(SettingsInvalid, match="did you mean 'activities'"):
        configured(asked)
    asked = SourceSettings.model_validate(
        {"kind": "grade_file", "activities": "a", "scores": "s", "columns": {"score": {}}}
    )
    with pytest.raises(SettingsInvalid, match=r"columns\.score"):
        configured(asked)
