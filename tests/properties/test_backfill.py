"""Nights filled in, in whatever order and however often, are the nights as if each had come on time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests import swift
from tests.exports import EXPORT, Export
from tests.properties.fresh import Fresh, examples, fresh
from tests.town import FIRST, Town

__all__ = ["fresh"]

ENTITIES = {
    "schools": "school_id",
    "terms": "term_id",
    "courses": "course_id",
    "classes": "class_id",
    "users": "user_id",
    "enrollments": "class_id, user_id, role",
}
NIGHTS = {"exports": st.lists(EXPORT, min_size=3, max_size=5), "data": st.data()}


def filled_in(town: Town, exports: list[Export], order: list[int]) -> None:
    """Sync the nights in an order; a night is a day, its file is the same whenever it is read."""
    for number in order:
        path = exports[number].write(town.drop / f"night-{number}.csv")
        told = swift.sync(town, path, FIRST + timedelta(days=number))
        assert told.status in {"applied", "unchanged"}


def remembered(town: Town) -> dict[str, set[tuple[Any, ...]]]:
    """All that the warehouse says of every night, but by which run: rows, versions that were ever in force, links.

    A row may be archived before any night finds it active: a night meant it before it was known what came earlier.
    """
    told: dict[str, set[tuple[Any, ...]]] = {}
    for entity, keys in ENTITIES.items():
        same = f"({_of('h', keys)}) = ({_of('t', keys)})"
        was = f"select from history.{entity} as h where {same} and h.status = 'active' and valid_from < valid_to"
        now = f"select to_jsonb(t) - 'run_id' from roster.{entity} as t where status = 'active' or exists ({was})"
        past = (
            f"select to_jsonb(t) - 'run_id' - 'ended_by' from history.{entity} as t where valid_from < valid_to"
            f" and (status = 'active' or exists ({was} and h.valid_from < t.valid_from))"
        )
        told[entity] = {(str(row),) for (row,) in town.ask(now)}
        told[f"{entity} before"] = {(str(row),) for (row,) in town.ask(past)}
    told["links"] = set(town.ask("select entity, source, source_id, id, as_of from roster.links"))
    return told


def _of(table: str, keys: str) -> str:
    return ", ".join(f"{table}.{key}" for key in keys.split(", "))


def gaps(town: Town) -> list[tuple[Any, ...]]:
    """Versions that do not begin on the night on which the one before them ended."""
    found: list[tuple[Any, ...]] = []
    for entity, keys in ENTITIES.items():
        found += town.ask(
            f"""
            with versions as (
                select {keys}, valid_from, valid_to from history.{entity} where valid_from < valid_to
                union all
                select {keys}, as_of, null from roster.{entity}
            ),
            ordered as (
                select *, lead(valid_from) over (partition by {keys} order by valid_from, valid_to nulls last) as next
                from versions
            )
            select '{entity}', valid_from, valid_to, next from ordered where valid_to is distinct from next
            """
        )
    return found


@examples(8)
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
