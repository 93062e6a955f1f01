"""List the findings that runs recorded with their imports: by root cause, by school, by line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from pipelines import runs
from pipelines.operations.pages.paging import DOWNLOADED, bounds
from pipelines.runs import Run
from pipelines.store.engine import transaction
from pipelines.store.statements import rows
from schemas.rules import RULES

# Findings that follow from another finding disappear when that one is fixed, so they come last.
_CONSEQUENCES = frozenset({"DEPENDS_ON_QUARANTINED", "UNKNOWN_CLASS", "UNKNOWN_USER", "UNKNOWN_COURSE"})
_GRAVITY = {"error": 0, "warning": 1, "note": 2}

Row = Mapping[str, Any]


def causes(run: Run) -> list[dict[str, Any]]:
    """Return a row per rule, file and column, in the order to fix the findings.

    Errors come before warnings, causes before what follows from them, then the most frequent first.

    Each row has source_n, source, code, severity, file, column, count, unit, lines (the first ones), owner, what, fix.
    """
    found = [
        finding | {"source_n": one["source_n"], "source": one["source"]} | _rule(finding["code"])
        for one in runs.imports(run)
        for finding in one["findings"]
    ]
    return sorted(found, key=_order)


def refusals(run: Run) -> list[dict[str, Any]]:
    """Return the imports that were refused or missing: source_n, source, status, code, reason, owner, fix."""
    return [
        {"source_n": one["source_n"], "source": one["source"], "status": one["status"]}
        | {name: one["facts"].get(name, "") for name in ("code", "reason", "owner", "fix")}
        for one in runs.imports(run)
        if one["status"] in ("refused", "missing")
    ]


def by_school(run: Run) -> list[dict[str, Any]]:
    """Return what each school has to fix: school, lines, text.

    `school` is "" for lines that name no school of ours. If there are more than 100,000 lines, only the first 100,000
    are counted. The text contains rules, files and line numbers and names nobody, so it can be forwarded as it is.
    """
    with transaction() as connection:
        found = rows(connection, "operations/pages/validations.by_school", **run.key, most=DOWNLOADED)
    at_least = "At least " if sum(one["lines"] for one in found) == DOWNLOADED else ""
    return [
        {"school": school, "lines": sum(one["lines"] for one in own), "text": _text(run, school, own, at_least)}
        for school, own in ((school, list(group)) for school, group in groupby(found, key=lambda one: one["school"]))
    ]


def lines(
    run: Run, page: int | None, code: str | None = None, file: str | None = None, column: str | None = None
) -> list[dict[str, Any]]:
    """Return a page of the quarantined lines as they were delivered. The lines name people.

    Each row has source_n, file, line, code, column_name, row and `found`. `found` counts all lines, up to 100,000.
    """
    wanted = {"code": code or None, "file": file or None, "column_name": column or None}
    with transaction() as connection:
        return rows(
            connection, "operations/pages/validations.lines", **run.key, **wanted, **bounds(page), most=DOWNLOADED
        )


def _rule(code: str) -> dict[str, str]:
    rule = RULES[code]
    return {"what": rule.what, "owner": rule.owner, "fix": rule.fix, "unit": rule.unit}


def _order(found: Row) -> tuple[Any, ...]:
    return (_GRAVITY[found["severity"]], found["code"] in _CONSEQUENCES, -found["count"], found["code"], found["file"])


def _text(run: Run, school: str, found: Sequence[Row], at_least: str) -> str:
    head = f"{school or 'Lines without a known school'}: class roster of {run.as_of}"
    body = [
        f"{at_least}{sum(one['lines'] for one in found):,} lines of the export could not be used. "
        "Please correct them at the source:"
    ]
    for number, one in enumerate(sorted(found, key=lambda row: (row["code"] in _CONSEQUENCES, -row["lines"])), start=1):
        rule = RULES[one["code"]]
        column = f", column {one['column_name']}" if one["column_name"] else ""
        more = " and others" if one["lines"] > len(one["first_lines"]) else ""
        where = f"{one['file']}{column}, lines {', '.join(map(str, one['first_lines']))}{more}"
        body.append(f"{number}. {one['lines']:,} lines: {rule.what}. {rule.owner}: {rule.fix}. ({where})")
    body.append(
        "Lines that are correct in tonight's export are used automatically. Nobody was removed because of these lines."
    )
    return "\n".join([head, *body])
