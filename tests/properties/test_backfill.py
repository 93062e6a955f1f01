"""Nights filled in, in whatever order and however often, are the nights as if each had come on time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import swift
from tests.exports import EXPORT, Export
from tests.properties.fresh import Fresh, examples, fresh
from tests.remembered import gaps, remembered
from tests.town import FIRST, Town

__all__ = ["fresh"]

NIGHTS = {"exports": st.lists(EXPORT, min_size=3, max_size=5), "data": st.data()}


def filled_in(town: Town, exports: list[Export], order: list[int]) -> None:
    """Sync the nights in an order; a night is a day, its file is the same whenever it is read."""
    for number in order:
        path = exports[number].write(town.drop / f"night-{number}.csv")
        told = swift.sync(town, path, FIRST + timedelta(days=number))
        assert told.status in {"applied", "unchanged"}


@examples(3)
@given(**NIGHTS)
def test_nights_in_any_order_and_any_number_of_times_are_the_nights_in_order(
    fresh: Fresh, exports: list[Export], data: st.DataObject
) -> None:
    on_time = fresh()
    filled_in(on_time, exports, list(range(len(exports))))
    wanted = remembered(on_time)
    assert gaps(on_time) == []
    order = data.draw(st.permutations(range(len(exports))))
    order += data.draw(st.lists(st.sampled_from(order), max_size=2))
    late = fresh()
    filled_in(late, exports, order)
    assert remembered(late) == wanted
    assert gaps(late) == []


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_it_holds_for_many_more_nights(fresh: Fresh) -> None:
    holds: Any = test_nights_in_any_order_and_any_number_of_times_are_the_nights_in_order
    more = NIGHTS | {"exports": st.lists(EXPORT, min_size=3, max_size=6)}
    examples(6)(given(**more)(holds.hypothesis.inner_test))(fresh=fresh)
