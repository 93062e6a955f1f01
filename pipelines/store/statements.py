"""Named statements from `sql/`: one family per file, each statement under a line `-- name: …`, parameters bound.

A statement that is asked for as `family.name@entity` has braces: they are filled in from the entity's declaration.
`python -m pipelines.store.statements family.name@entity` prints the statement as it runs.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from functools import cache, partial
from typing import Any

from sqlalchemy import Connection, CursorResult, TextClause, text

from pipelines.settings import PROJECT
from schemas.entities import DECLARED, Entity

SQL = PROJECT / "sql"
_BRACES = re.compile(r"\{(?P<text>[^{}]*\b(?P<word>entity|key|attributes|plain|columns)\b[^{}]*)\}")
_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


def execute(connection: Connection, name: str, /, **parameters: Any) -> CursorResult[Any]:
    """Run the statement `family.name` with the given parameters."""
    return connection.execute(statement(name), parameters)


def execute_each(connection: Connection, parameters: Mapping[str, Any], *names: str) -> None:
    """Run statements in order, each with only the parameters that the statement binds."""
    for name in names:
        bound = parameters_of(name)
        execute(connection, name, **{key: value for key, value in parameters.items() if key in bound})


def rows(connection: Connection, name: str, /, **parameters: Any) -> list[dict[str, Any]]:
    """Return every row of a query as a dict."""
    return [dict(row) for row in execute(connection, name, **parameters).mappings()]


@cache
def statement(name: str) -> TextClause:
    """Return the statement `family.name`: `plan/users.resolve` is in `sql/plan/users.sql`."""
    return text(text_of(name))


def text_of(name: str) -> str:
    """Return the text of a statement; for `family.name@entity` with the entity's names and columns filled in."""
    path, _, entity = name.partition("@")
    family, _, short = path.rpartition(".")
    template = _family(family)[short]
    return _BRACES.sub(partial(_fill, DECLARED[entity]), template) if entity else template


@cache
def parameters_of(name: str) -> frozenset[str]:
    """Return the names of the parameters that a statement binds."""
    return frozenset(statement(name).compile().params)


@cache
def _family(family: str) -> dict[str, str]:
    parts = _NAME.split((SQL / f"{family}.sql").read_text(encoding="utf-8"))
    return {name: body.strip().rstrip(";") for name, body in zip(parts[1::2], parts[2::2], strict=True)}


def _fill(entity: Entity, braces: re.Match[str]) -> str:
    """Return the text that replaces a pair of braces: the text in them, once for each column that its word stands for.

    `{entity}` becomes the entity's name. `{r.key}` takes each column of the key from the row `r`, and
    `{attributes = v.attributes}` sets each attribute from `v`. Commas separate the columns. If the text ends with a
    comma, each column has one: there may be none, and something follows.
    """
    text_in, word = braces["text"], braces["word"]
    columns = {
        "entity": (entity.name,),
        "key": entity.key,
        "attributes": entity.attributes,
        "plain": entity.plain,
        "columns": entity.columns,
    }[word]
    each = [re.sub(rf"\b{word}\b", name, text_in) for name in columns]
    return (" " if text_in.endswith(",") else ", ").join(each)


if __name__ == "__main__":
    sys.stdout.write(f"{text_of(sys.argv[1])};\n")
