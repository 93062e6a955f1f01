"""Tables of a report as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def table(title: str, header: Sequence[str], body: Sequence[Sequence[Any]]) -> list[str]:
    """A table under its title; nothing where there are no rows."""
    if not body:
        return []
    lines = [header, ["---" for _ in header], *body]
    cells = (" | ".join(cell(one) for one in line) for line in lines)
    return [f"## {title}", "", *(f"| {line} |" for line in cells), ""]


def explained(told: Mapping[str, Any]) -> str:
    """What ended a run or a course (code, reason, owner, fix), as sentences; empty when nothing did."""
    if not told["reason"]:
        return ""
    acts = f" Owner: {told['owner']}. Next: {told['fix']}." if told["owner"] else ""
    return f"{told['code']}: {told['reason']}.{acts} See docs/runbook.md#{told['code'].lower()}"


def cell(value: Any) -> str:
    """A value that stays in its cell: schools, files and activities are called whatever they are called."""
    return " ".join(str(value).replace("|", "\\|").split())


def counted(counts: Mapping[str, int]) -> str:
    """Counts in one line, without those of nothing."""
    return ", ".join(f"{name} {value:,}" for name, value in sorted(counts.items()) if value)
