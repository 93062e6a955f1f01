"""A district at Canvas."""

from tests.at_canvas import there as there
