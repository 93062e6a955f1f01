"""A district at Canvas."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.vendors.serving import serving
from tests.at_canvas import AtCanvas, connect


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[AtCanvas]:
    """A small district at Canvas that nobody has read yet."""
    with serving(students=60) as sandbox:
        connect(monkeypatch, sandbox.addresses["canvas"], sandbox.first.canvas_token)
        yield AtCanvas(sandbox, tmp_path)
