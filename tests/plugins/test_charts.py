"""A chart's bars: in order, to scale and complete."""

from __future__ import annotations

from rollbook_pages.charts import HEIGHT, bars


def test_the_largest_bar_fills_the_chart_and_every_nonzero_bar_is_visible() -> None:
    found = bars(["a", "b", "c", "d"], [0, 1, 5_000, 10_000])
    assert [bar.height for bar in found] == [0, 1, HEIGHT / 2, HEIGHT]
    assert [bar.y + bar.height for bar in found] == [HEIGHT] * 4
    assert [bar.x for bar in found] == sorted(bar.x for bar in found)
    assert found[3].label == "d: 10,000"


def test_zero_values_have_bars_without_height() -> None:
    assert [bar.height for bar in bars(["a", "b"], [0, 0])] == [0, 0]
    assert bars([], []) == []
