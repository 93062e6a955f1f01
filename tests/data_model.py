"""The data model as a document, drawn from a migrated database: `python -m tests.data_model` renews docs/data-model.md.

Foreign keys hardly exist, so a relation is derived from the name of a key column.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.settings import PROJECT
from tests import declared
from tests import warehouse as postgresql

DOCUMENT = PROJECT / "docs" / "data-model.md"
SCHEMAS = {
    "runs": "What happened: runs, imports, quarantine, holds, decisions.",
    "roster": "The roster as it is now.",
    "history": "Every row of the roster as it was before each change. A table has the columns of its table in\n"
    "`roster`, which are left out here, and those below.",
    "staging": "What one source delivered to one run. These tables stay empty: each run has a set of its own made "
    "like them.",
    "work": "The plan of a run.",
    "gradebook": "Activities, scores, and what was sent to Canvas.",
}
# The table that a key column names a row of. A prefix (`from_class_id`) and a plural (`term_ids`) make no difference.
OWNERS = {
    "school_id": "roster.schools",
    "term_id": "roster.terms",
    "course_id": "roster.courses",
    "class_id": "roster.classes",
    "user_id": "roster.users",
    "activity_id": "gradebook.activities",
    "column_id": "gradebook.columns",
    "course_number": "gradebook.exports",
    "run_id": "runs.runs",
    "source_n": "runs.imports",
    "hold_n": "runs.holds",
    "school_n": "staging.schools",
    "term_n": "staging.terms",
    "course_n": "staging.courses",
    "class_n": "staging.classes",
    "user_n": "staging.users",
}
_HEAD = """# Data model

Drawn from the database by `python -m tests.data_model`; a test holds it against [the migrations](../sql/migrations/).
The statements that write and read a table are in [sql/](../sql/).

Every key begins with `district_id`. `run_id` names a row of `runs.runs` everywhere, as do `ended_by`, `undone_by` and
`applied_by`; these lines are drawn in the schema `runs` only.
"""
_TEMPORARY = """## Temporary tables

What a plan, a merge, a late-arriving run, an undo and a report on students make for themselves, in one transaction:
[sql/store/temporary_tables.sql](../sql/store/temporary_tables.sql) has their columns.

| table | grain | written by | read by |
|---|---|---|---|"""
_TYPES = {"timestamp with time zone": "timestamptz", "double precision": "double"}
_COLUMNS = """
    select c.oid::regclass::text, c.relname, a.attname, format_type(a.atttypid, null), a.attnotnull,
        coalesce(a.attnum = any(i.indkey), false)
    from pg_class as c
    inner join pg_namespace as n on c.relnamespace = n.oid
    inner join pg_attribute as a on c.oid = a.attrelid and a.attnum > 0 and not a.attisdropped
    left join pg_index as i on c.oid = i.indrelid and i.indisprimary
    where n.nspname = %s and c.relkind = 'r' and c.relname <> 'migrations'
    order by c.oid, a.attnum
"""
_GRAINS = """
    select c.relname, obj_description(c.oid, 'pg_class')
    from pg_class as c
    inner join pg_namespace as n on c.relnamespace = n.oid
    where n.nspname = %s and c.relkind in ('r', 'v') and c.relname <> 'migrations'
    order by c.oid
"""


@dataclass(frozen=True)
class Column:
    """A column of a table: its type, whether it may be null, and whether it belongs to the primary key."""

    name: str
    type: str
    required: bool
    is_key: bool

    @property
    def owner(self) -> str | None:
        """Return the table that the column refers to."""
        single = self.name.removesuffix("s") if self.type.endswith("[]") else self.name
        if single.endswith("_by") and self.type == "bigint":
            return OWNERS["run_id"]
        return next((table for key, table in OWNERS.items() if single == key or single.endswith(f"_{key}")), None)


Tables = dict[str, list[Column]]


def document(url: str) -> str:
    """Return the whole document for the database at this URL."""
    parts = [_HEAD]
    for schema, about in SCHEMAS.items():
        tables = tables_of(url, schema)
        parts.append(f"## {schema}\n\n{about}\n\n" + "\n".join(_diagram(schema, tables)) + "\n")
        grains = postgresql.ask(url, _GRAINS, schema)
        rows = "\n".join(f"| `{schema}.{name}` | {grain} |" for name, grain in grains)
        parts.append(f"| table | grain |\n|---|---|\n{rows}\n")
    return "\n".join([*parts, _TEMPORARY, *_temporary()])


def _temporary() -> Iterator[str]:
    for group in declared.alike():
        names = ", ".join(f"`{table.name}`" for table in group)
        first = group[0]
        yield f"| {names} | {first.grain} | {', '.join(first.writers)} | {', '.join(first.readers)} |"
    yield ""


def tables_of(url: str, schema: str) -> Tables:
    """Return the columns of each table of a schema; in `history` only the columns that the table in `roster` lacks."""
    found: Tables = {}
    for _, table, name, kind, required, is_key in postgresql.ask(url, _COLUMNS, schema):
        found.setdefault(table, []).append(Column(name, _TYPES.get(kind, kind), required, is_key))
    if schema != "history":
        return found
    in_roster = {table: {column.name for column in columns} for table, columns in tables_of(url, "roster").items()}
    return {table: [one for one in columns if one.name not in in_roster[table]] for table, columns in found.items()}


def _diagram(schema: str, tables: Tables) -> Iterator[str]:
    yield "```mermaid"
    yield "erDiagram"
    for table, columns in tables.items():
        yield f"    {table} {{"
        yield from (f"        {one.type} {one.name}{' PK' if one.is_key else ''}" for one in columns)
        yield "    }"
    relations = [*_relations(schema, tables)]
    outside = sorted({owner for owner, *_ in relations if not owner.startswith(f"{schema}.")})
    yield from (f'    {owner.replace(".", "_")}["{owner}"]' for owner in outside)
    for owner, table, name, is_list, required in relations:
        near = "}o" if is_list else "||" if required else "|o"
        named = owner.removeprefix(f"{schema}.").replace(".", "_")
        yield f'    {named} {near}--o{{ {table} : "{name}"'
    yield "```"


def _relations(schema: str, tables: Tables) -> Iterator[tuple[str, str, str, bool, bool]]:
    """Return owner, table, column, whether the column is a list, and whether it is always filled."""
    for table, columns in tables.items():
        if schema == "history":
            yield f"roster.{table}", table, "versions", False, True
        if schema == "staging" and table.startswith("resolved_"):
            yield f"staging.{table.removeprefix('resolved_')}", table, "n", False, True
        for one in columns:
            owner = one.owner
            if owner in {None, f"{schema}.{table}"} or (owner == OWNERS["run_id"] and schema != "runs"):
                continue
            yield str(owner), table, one.name, one.type.endswith("[]"), one.required


if __name__ == "__main__":
    with postgresql.newest() as server:
        postgresql.prepare(server)
        with postgresql.database(server, "model") as model:
            DOCUMENT.write_text(document(model), encoding="utf-8")
    sys.stdout.write(f"{DOCUMENT.relative_to(PROJECT)}\n")
