"""The benchmark of exports, in small: every score leaves once, and the page tells each night."""

from __future__ import annotations

import pytest

from bench import document, grades


@pytest.mark.slow
def test_three_nights_send_all_then_nothing_then_what_changed() -> None:
    found = grades.run(students=40, activities=1)
    first, again, changed = found["nights"]
    assert first["counts"]["sent"] > 0.8 * found["scores"]
    assert first["requests"]["bulk updates"] == found["columns"]
    assert (again["status"], again["counts"].get("sent", 0)) == ("unchanged", 0)
    assert not again["requests"].keys() & {"columns", "bulk updates"}
    assert changed["status"] == "applied"
    table = "\n".join(document.tables("grades", found))
    assert [night in table for night in grades.NIGHTS] == [True] * 3
