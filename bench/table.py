"""The figures as a table for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.table import Table

WIDTH = 200  # where a terminal is narrower, lines wrap rather than figures

NIGHTS = {
    "first": "first load",
    "new_bytes": "unchanged, new bytes",
    "same_bytes": "byte-identical",
    "one_percent": "1 % changed",
    "ten_percent": "10 % changed",
}
CONTENDERS = {
    "copy_merge": "L: COPY + MERGE",
    "pandas_upsert": "P: to_sql + upsert",
    "rollbook": "R: Rollbook",
}


def table(found: Mapping[str, Any]) -> Table:
    """One line per night and contender, the medians of all rounds; Rollbook's lines have the ratios."""
    shown = Table(title=f"{found['rows']:,} rows, medians of {found['rounds']}", caption=found["command"])
    shown.add_column("night")
    shown.add_column("contender")
    for name in ("wall s", "min-max", "CPU s", "peak MB", "rows/s", "start s", "GX s", "to L", "aim", "CPU to L"):
        shown.add_column(name, justify="right")
    shown.add_column("P to it", justify="right")
    shown.add_column("step seconds", overflow="fold")
    for night, medians in found["medians"].items():
        for contender, of in medians.items():
            shown.add_row(
                NIGHTS[night], CONTENDERS[contender], *_cells(of), *_ratios(found, night, contender), _steps(of)
            )
        shown.add_section()
    return shown


def _cells(of: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        f"{of['wall']:.2f}",
        f"{of['wall_min']:.2f}-{of['wall_max']:.2f}",
        f"{of['cpu']:.2f}",
        f"{of['peak_mb']:.0f}",
        f"{of['rows_per_second']:,.0f}",
        f"{of['start']:.2f}",
        f"{of['gx_import']:.2f}",
    )


def _ratios(found: Mapping[str, Any], night: str, contender: str) -> tuple[str, ...]:
    if contender != "rollbook":
        return ("",) * 4
    of = found["ratios"][night]
    pandas, aim = of["pandas_to_rollbook"], of["aim"]
    return (
        f"{of['rollbook_to_copy_merge']:.2f}",
        f"{aim:g}" if aim else "",
        f"{of['cpu']:.2f}",
        f"{pandas:.1f}" if pandas else "",
    )


def _steps(of: Mapping[str, Any]) -> str:
    return " ".join(f"{step} {seconds:.2f}" for step, seconds in of["steps"].items() if seconds >= 0.01)
