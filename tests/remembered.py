"""All that a warehouse stores about its nights, to compare two orders of the same runs."""

from __future__ import annotations

from typing import Any

from tests.town import Town

ENTITIES = {
    "schools": "school_id",
    "terms": "term_id",
    "courses": "course_id",
    "classes": "class_id",
    "users": "user_id",
    "enrollments": "class_id, user_id, role",
}


def remembered(town: Town) -> dict[str, set[tuple[Any, ...]]]:
    """Return all that the warehouse stores about every night, without run numbers: rows, valid versions, links.

    Rows that were never active are left out: whether such a row exists depends on the order of the runs.
    """
    stored: dict[str, set[tuple[Any, ...]]] = {}
    for entity, keys in ENTITIES.items():
        same = f"({_of('h', keys)}) = ({_of('t', keys)})"
        was = f"select from history.{entity} as h where {same} and h.status = 'active' and valid_from < valid_to"
        now = f"select to_jsonb(t) - 'run_id' from roster.{entity} as t where status = 'active' or exists ({was})"
        past = (
            f"select to_jsonb(t) - 'run_id' - 'ended_by' from history.{entity} as t where valid_from < valid_to"
            f" and (status = 'active' or exists ({was} and h.valid_from < t.valid_from))"
        )
        stored[entity] = {(str(row),) for (row,) in town.ask(now)}
        stored[f"{entity} before"] = {(str(row),) for (row,) in town.ask(past)}
    stored["links"] = set(town.ask("select entity, source, source_id, id, as_of from roster.links"))
    return stored


def _of(table: str, keys: str) -> str:
    return ", ".join(f"{table}.{key}" for key in keys.split(", "))


def gaps(town: Town) -> list[tuple[Any, ...]]:
    """Return versions that do not begin on the date on which the previous version ended."""
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
