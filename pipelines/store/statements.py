"""Named statements from `sql/`: one family per file, each statement under a line `-- name: …`, parameters bound."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, CursorResult, TextClause, text

from pipelines.settings import PROJECT

SQL = PROJECT / "sql"
_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


def run(connection: Connection, name: str, /, **parameters: Any) -> CursorResult[Any]:
    """Run the statement `family.name` with the given parameters."""
    return connection.execute(statement(name), parameters)


def run_each(connection: Connection, parameters: Mapping[str, Any], *names: str) -> None:
    """Run statements in order, each with those of the parameters that it binds."""
    for name in names:
        run(connection, name, **{key: value for key, value in parameters.items() if key in parameters_of(name)})


def rows(connection: Connection, name: str, /, **parameters: Any) -> list[dict[str, Any]]:
    """Every row of a query as a dict."""
    return [dict(row) for row in run(connection, name, **parameters).mappings()]


def statement(name: str) -> TextClause:
    """The statement `family.name`: `plan/users.resolve` stands in `sql/plan/users.sql`."""
    family, _, short = name.rpartition(".")
    return _family(family)[short]


def parameters_of(name: str) -> frozenset[str]:
    """The names of the parameters that a statement binds."""
    return frozenset(statement(name).compile().params)


@cache
def _family(family: str) -> dict[str, TextClause]:
    parts = _NAME.split((SQL / f"{family}.sql").read_text(encoding="utf-8"))
    return {name: text(body.strip().rstrip(";")) for name, body in zip(parts[1::2], parts[2::2], strict=True)}
