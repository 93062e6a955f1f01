"""The benchmark of safe nights, in small: all is taken back and given back, and the page tells it."""

from __future__ import annotations

import pytest

from bench import document, safety


@pytest.mark.slow
def test_a_night_is_taken_back_given_back_looked_at_and_another_put_before_it() -> None:
    found = safety.run(rows=2100)
    told = {one["what"]: one for one in found["measured"]}
    changes = told["a night of 1 % changes"]["rows"]
    assert told["undo of that night"]["rows"] >= changes > 0
    assert told["undo of the undoing"]["rows"] == told["undo of that night"]["rows"]
    assert told["as-of, one school"]["rows"] > told["as-of, one class"]["rows"] > 0
    table = "\n".join(document.tables("safety", found))
    assert all(what in table for what in told)
    for night in ("the first night", "a night of 1 % changes"):
        merges = [cell for cell in found["compared"] if cell["night"] == night]
        assert {cell["without"] for cell in merges} == {"", *safety.CHECKS}
        assert {cell["rows"] for cell in merges} == {told[night]["rows"]}
