"""Tables of a report as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def table(title: str, header: Sequence[str], body: Sequence[Sequence[Any]]) -> list[str]:
    """Return the lines of a table under its title; no lines if the table has no rows."""
    if not body:
        return []
    lines = [header, ["---" for _ in header], *body]
    cells = (" | ".join(cell(one) for one in line) for line in lines)
    return [f"## {title}", "", *(f"| {line} |" for line in cells), ""]


def explained(ended: Mapping[str, Any]) -> str:
    """Return as sentences what ended a run or a course (code, reason, owner, fix); empty if there is no reason."""
    if not ended["reason"]:
        return ""
    acts = f" Owner: {ended['owner']}. Next: {ended['fix']}." if ended["owner"] else ""
    return f"{ended['code']}: {ended['reason']}.{acts} See docs/runbook.md#{ended['code'].lower()}"


def cell(value: Any) -> str:
    """Return a value as text that stays within its cell.

    Pipes are escaped and white space is joined: names of schools, files and activities may contain both.
    """
    return " ".join(str(value).replace("|", "\\|").split())


def counted(counts: Mapping[str, int]) -> str:
    """Return counts in one line, by name, without zeros."""
    return ", ".join(f"{name} {value:,}" for name, value in sorted(counts.items()) if value)
