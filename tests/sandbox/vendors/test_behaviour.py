from __future__ import annotations

import pytest
from pydantic import ValidationError

from sandbox.vendors.behaviour import Behaviour


def test_behaviour_refuses_unknown_names_and_values():
    assert Behaviour().but(contacts=False).contacts is False
    for wrong in ({"contact": False}, {"canvas_forbidden": 418}, {"oneroster_max_limit": 0}):
        with pytest.raises(ValidationError):
            Behaviour().but(**wrong)
