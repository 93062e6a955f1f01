"""A chart's bars: in order, to scale, and none of them lost."""

from __future__ import annotations

from rollbook_pages.charts import HEIGHT, bars


def test_the_largest_is_as_high_as_the_chart_and_what_is_not_nothing_is_seen() -> None:
    found = bars(["a", "b", "c", "d"], [0, 1, 5_000, 10_000])
    assert [bar.height for bar in found] == [0, 1, HEIGHT / 2, HEIGHT]
    assert [bar.y + bar.height for bar in found] == [HEIGHT] * 4
    assert [bar.x for bar in found] == sorted(bar.x for bar in found)
    assert found[3].label == "d: 10,000"


def test_nights_on_which_nothing_came_are_flat() -> None:
    assert [bar.height for bar in bars(["a", "b"], [0, 0])] == [0, 0]
    assert bars([], []) == []
