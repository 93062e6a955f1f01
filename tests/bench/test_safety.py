"""A small benchmark of undo, as-of queries and late-arriving runs: all are measured and on the page."""

from __future__ import annotations

import pytest

from bench import document, safety


@pytest.mark.slow
def test_the_benchmark_measures_undo_as_of_queries_and_late_arriving_runs() -> None:
    found = safety.run(rows=2100)
    measured = {one["what"]: one for one in found["measured"]}
    changes = measured["a night of 1 % changes"]["rows"]
    assert measured["undo of that night"]["rows"] >= changes > 0
    assert measured["undo of the undoing"]["rows"] == measured["undo of that night"]["rows"]
    assert measured["as-of, one school"]["rows"] > measured["as-of, one class"]["rows"] > 0
    table = "\n".join(document.tables("safety", found))
    assert all(what in table for what in measured)
    for night in ("the first night", "a night of 1 % changes"):
        merges = [cell for cell in found["compared"] if cell["night"] == night]
        assert {cell["without"] for cell in merges} == {"", *safety.CHECKS}
        assert {cell["rows"] for cell in merges} == {measured[night]["rows"]}
