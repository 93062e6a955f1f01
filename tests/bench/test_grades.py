"""A small benchmark of exports: every score is sent once, and the page lists each night."""

from __future__ import annotations

import pytest

from bench import document, grades


@pytest.mark.slow
def test_three_exports_send_all_scores_then_none_then_the_changed_scores() -> None:
    found = grades.run(students=40, activities=1)
    first, again, changed = found["nights"]
    assert first["counts"]["sent"] > 0.8 * found["scores"]
    assert first["requests"]["bulk updates"] == found["columns"]
    assert (again["status"], again["counts"].get("sent", 0)) == ("unchanged", 0)
    assert not again["requests"].keys() & {"columns", "bulk updates"}
    assert changed["status"] == "applied"
    table = "\n".join(document.tables("grades", found))
    assert [night in table for night in grades.NIGHTS] == [True] * 3
