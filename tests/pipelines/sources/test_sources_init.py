"""A kind of source is a module with that KIND; any other kind is an invalid setting."""

from __future__ import annotations

import pytest

from pipelines.errors import SettingsInvalid
from pipelines.sources import module_of


def test_a_source_module_is_found_by_its_kind() -> None:
    assert module_of("sis_file").KIND == "sis_file"


@pytest.mark.parametrize("kind", ["pigeon", "remote", "layouts", "tabular", ""])
def test_an_unknown_kind_of_source_is_refused(kind: str) -> None:
    with pytest.raises(SettingsInvalid, match="has no source of kind"):
        module_of(kind)
