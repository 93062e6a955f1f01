from __future__ import annotations

import pytest
from pydantic import ValidationError

from sandbox.vendors.behaviour import Behaviour


def test_behaviour_changes_by_name_and_refuses_what_it_does_not_know():
    assert Behaviour().but(contacts=False).contacts is False
    for wrong in ({"contact": False}, {"canvas_forbidden": 418}, {"oneroster_max_limit": 0}):
        with pytest.raises(ValidationError):
            Behaviour().but(**wrong)
