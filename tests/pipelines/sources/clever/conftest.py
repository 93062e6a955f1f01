"""A district at Clever."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.at_clever import AtClever, at_clever


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[AtClever]:
    """A small district at Clever that nobody has read yet."""
    with at_clever(monkeypatch, tmp_path) as district:
        yield district
