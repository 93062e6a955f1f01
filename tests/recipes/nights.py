"""The nights of a recipe's test, in the tree where the recipe was carried out.

`python -m tests.recipes.nights field <folder>` syncs them into the warehouse of the environment. It prints what
is told of each step, as JSON.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pipelines
import sandbox
import schemas
from pipelines.operations.undo import undo_run
from pipelines.store.engine import dispose
from pipelines.store.migrate import migrate
from sandbox import layouts
from tests.town import FIRST, Told, Town, world

# A new field of each entity: the roster's column, and the file's. Its values are as `room of 0101-MAT00-01`.
FIELDS = {
    "schools": ("phone", "school_phone"),
    "terms": ("season", "term_season"),
    "courses": ("subject", "course_subject"),
    "classes": ("room", "class_room"),
    "users": ("nickname", "student_nickname"),
}

Step = dict[str, Any]


def field(town: Town) -> Iterator[Step]:
    """A first night; one with another value everywhere; that one taken back; one without the columns."""
    town.settle()
    yield _told(town.night(world())) | _values(town)
    (delivered,) = town.deliver(world(as_of=_night(1)))
    text = delivered.read_text(encoding="utf-8")
    delivered.write_text(text.replace(" of ", " at "), encoding="utf-8")
    yield _told(town.sync(_night(1))) | _values(town)
    undo_run(2, "the registrar")
    yield _values(town)
    yield _told(town.night(world(as_of=_night(2)), without=tuple(column for _, column in FIELDS.values()))) | _values(
        town
    )


def source(town: Town) -> Iterator[Step]:
    """One night from a file of JSON lines."""
    path = town.drop / FIRST.isoformat() / "roster.jsonl"
    path.parent.mkdir(parents=True)
    (sheet,) = layouts.sheets(world(), "combined")
    lines = [json.dumps(row) for row in sheet.frame().to_dict("records")]
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    town.settle(sources=[{"kind": "json_lines", "path": str(town.drop / "{as_of}" / "roster.jsonl")}])
    yield _told(town.sync(FIRST))


def layout(town: Town) -> Iterator[Step]:
    """One night from a file of homerooms."""
    town.settle(sources=[town.source("homerooms")])
    yield _told(town.night(world(), "homerooms"))


STORIES: dict[str, Callable[[Town], Iterator[Step]]] = {"field": field, "source": source, "layout": layout}


def _night(number: int) -> date:
    return FIRST + timedelta(days=number)


def _told(run: Told) -> Step:
    return {"status": run.status, "counts": run.counts}


def _values(town: Town) -> Step:
    """What the roster and its history have in the new columns, by entity."""
    query = "select {} from {}.{} where {} is not null order by 1"
    return {
        schema: {
            entity: [value for (value,) in town.ask(query.format(column, schema, entity, column))]
            for entity, (column, _) in FIELDS.items()
        }
        for schema in ("roster", "history")
    }


def _is_of(module: ModuleType, tree: Path) -> bool:
    return Path(str(module.__file__)).is_relative_to(tree)


if __name__ == "__main__":
    tree = Path(__file__).resolve().parents[2]
    assert all(_is_of(module, tree) for module in (pipelines, schemas, sandbox)), "this is another tree's code"
    migrate()
    town = Town(Path(sys.argv[2]), os.environ["ROLLBOOK_WAREHOUSE_URL"])
    steps = list(STORIES[sys.argv[1]](town))
    dispose()
    sys.stdout.write(json.dumps(steps))
