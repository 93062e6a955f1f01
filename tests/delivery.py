"""Deliveries for tests of validate: a few lines as dictionaries, converted to the tables that a reader returns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from pipelines.runs.request import Scope
from pipelines.settings import District
from pipelines.sources.layouts import layout
from pipelines.sources.tables import TEXT, Problem, Table
from pipelines.validate.delivery import validate_delivery
from pipelines.validate.result import ReferenceData, Validated

Row = dict[str, str]


def table(
    rows: Sequence[Row], name: str = "roster.csv", problems: Iterable[Problem] = (), lines: Sequence[int] | None = None
) -> Table:
    """Return a file of these rows, the first on line 2; its columns are the fields of all rows."""
    problems = tuple(problems)
    fields = list(dict.fromkeys(field for row in rows for field in row))
    columns = {field: pa.array([row.get(field, "") for row in rows], pa.string()).cast(TEXT) for field in fields}
    columns["line"] = pa.array(lines or range(2, len(rows) + 2), pa.int32())
    return Table(name, pa.table(columns), problems, len(rows) + len(problems), {})


def line(**changes: str) -> Row:
    """Return a valid line of the combined layout, with changes."""
    good = {
        "term": "2026-S1",
        "school_id": "0012",
        "class_name": "Algebra I",
        "class_id": "C1",
        "class_period": "2",
        "student_first": "Ada",
        "student_last": "Lovelace",
        "student_id": "000123",
        "student_email": "ada@school.example",
        "teacher_first": "Emmy",
        "teacher_last": "Noether",
        "teacher_email": "noether@school.example",
        "teacher_id": "T7",
    }
    return good | changes


def other(**changes: str) -> Row:
    """Return a valid line of another student in the same class, with changes."""
    second = {
        "student_first": "Alan",
        "student_last": "Turing",
        "student_id": "000456",
        "student_email": "alan@school.example",
    }
    return line(**(second | changes))


def staff(**changes: str) -> Row:
    """Return a valid line of the staff layout, with changes."""
    good = {
        "school_id": "0012",
        "teacher_first": "Emmy",
        "teacher_last": "Noether",
        "teacher_email": "noether@school.example",
    }
    return good | {"teacher_id": "T7"} | changes


def student(**changes: str) -> Row:
    """Return a valid line of the student layout, with changes."""
    good = {"school_id": "0012", "student_first": "Ada", "student_last": "Lovelace", "student_id": "000123"}
    return good | {"student_email": "ada@school.example"} | changes


def district(**settings: Any) -> District:
    """Return a district that shares everything, with other settings."""
    return District.model_validate(
        {"district_id": "oakdale", "name": "Oakdale", "sources": [{"kind": "sis_file", "path": "x.csv"}]} | settings
    )


def judge(
    rows: Sequence[Row] | Sequence[Table],
    layout_name: str = "combined",
    *,
    settings: Mapping[str, Any] | None = None,
    scope: Scope | None = None,
    reference: ReferenceData | None = None,
    class_key: Sequence[str] = ("class_id",),
) -> Validated:
    """Validate rows, or whole tables, with a layout."""
    tables = [item for item in rows if isinstance(item, Table)] or [
        table([row for row in rows if isinstance(row, dict)])
    ]
    chosen = layout(layout_name, {}, class_key)
    return validate_delivery(tables, chosen, district(**(settings or {})), scope, reference)


def refused(judged: Validated) -> dict[int, str]:
    """Return each quarantined line with its code."""
    quarantine = judged.quarantine
    return dict(zip(quarantine.column("line").to_pylist(), quarantine.column("code").to_pylist(), strict=True))


def found(judged: Validated, code: str) -> dict[str | None, int]:
    """Return how often a rule was broken, by column."""
    return {finding.column: finding.count for finding in judged.findings if finding.code == code}


def ids(judged: Validated, entity: str) -> set[str]:
    """Return the source ids of an accepted entity."""
    return set(judged.accepted[entity].column("source_id").to_pylist())


def present(judged: Validated, entity: str) -> set[str]:
    """Return the source ids of rows that were delivered but not accepted."""
    return set(judged.present[entity].column("source_id").to_pylist())


def protected(judged: Validated) -> set[tuple[str | None, str | None]]:
    """Return the enrollments that were delivered but not accepted: class and person."""
    pairs = judged.present["enrollments"]
    return set(
        zip(pairs.column("class_source_id").to_pylist(), pairs.column("user_source_id").to_pylist(), strict=True)
    )


def roster(judged: Validated) -> dict[str, set[tuple[Any, ...]]]:
    """Return the accepted rows, by source ids instead of numbers: equal for the same lines in any order."""
    tables = {entity: rows.to_pylist() for entity, rows in judged.accepted.items()}
    name = {entity: [row["source_id"] for row in tables[entity]] for entity in tables if entity != "enrollments"}

    def named(entity: str, numbers: str) -> tuple[str, ...]:
        return tuple(name[entity][int(number)] for number in numbers.strip("{}").split(",") if number)

    return {
        "schools": {(row["source_id"], row["name"]) for row in tables["schools"]},
        "terms": {(row["source_id"], row["title"], row["begin_date"], row["end_date"]) for row in tables["terms"]},
        "courses": {(row["source_id"], row["title"], row["code"]) for row in tables["courses"]},
        "classes": {
            (
                row["source_id"],
                row["title"],
                row["period"],
                name["schools"][row["school_n"]],
                None if row["course_n"] is None else name["courses"][row["course_n"]],
                frozenset(named("terms", row["term_ns"])),
            )
            for row in tables["classes"]
        },
        "users": {
            (
                *(
                    row[field]
                    for field in ("source_id", "identifier", "role", "given_name", "family_name", "email", "grade")
                ),
                named("schools", row["school_ns"]),
            )
            for row in tables["users"]
        },
        "enrollments": {
            (name["classes"][row["class_n"]], name["users"][row["user_n"]], row["role"], row["is_primary"])
            for row in tables["enrollments"]
        },
    }
