"""A class with a Canvas course, and no activity yet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.school import School, school
from tests.town import Town


@pytest.fixture
def here(synced: Town) -> Iterator[School]:
    """The class."""
    with school(synced) as there:
        yield there
