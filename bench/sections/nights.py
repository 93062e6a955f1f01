"""Whole nights, from what `python -m bench` measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bench.markdown import table
from bench.ratios import AIMS, PANDAS_AIMS, PEAK_AIMS, growth, ratios

SIZE = "rows"
COLUMNS = 19  # of the generator's combined layout
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
_STEPS = ("extract", "validate", "stage", "plan", "review", "merge", "audit", "report")


def summary(found: Mapping[str, Any]) -> dict[str, Any]:
    """The medians of all rounds."""
    return {name: found[name] for name in ("size", "rows", "bytes", "rounds", "medians")}


def title(kept: Mapping[str, Any]) -> str:
    """How much it was."""
    return f"{kept['rows']:,} rows ({kept['bytes'] / 1e6:,.0f} MB)"


def lines(kept: Mapping[str, Any]) -> Iterator[str]:
    """What each night cost each contender, how Rollbook compares, and the seconds of its steps."""
    yield from _measures(kept)
    yield from _compared(kept)
    yield from _steps(kept)


def _measures(kept: Mapping[str, Any]) -> Iterator[str]:
    yield f"Rounds: {kept['rounds']}. Each figure is their median."
    yield ""
    header = ("night", "", "wall s", "min-max", "CPU s", "peak MB", "rows/s", "start s", "GX s", "process s")
    body = []
    for night, medians in kept["medians"].items():
        for contender, of in medians.items():
            cells = [f"{of[name]:.2f}" for name in ("start", "gx_import", "process")]
            body.append(
                (
                    NIGHTS[night],
                    CONTENDERS[contender],
                    f"**{of['wall']:.2f}**",
                    f"{of['wall_min']:.2f}-{of['wall_max']:.2f}",
                    f"{of['cpu']:.2f}",
                    f"{of['peak_mb']:.0f}",
                    f"{of['rows_per_second']:,.0f}",
                    *cells,
                )
            )
    yield from table(header, body)


def _compared(kept: Mapping[str, Any]) -> Iterator[str]:
    yield "How Rollbook compares: its share of L's, and how many times P's wall is Rollbook's."
    yield ""
    header = ("night", "R / L", "aim", "", "best", "with GX", "process", "CPU", "P / R", "aim ", "peak MB", "aim  ")
    peak_aim = PEAK_AIMS.get(kept["size"])
    body = []
    for night, of in ratios(kept).items():
        ratio, aim, pandas = of["rollbook_to_copy_merge"], of["aim"], of["pandas_to_rollbook"]
        body.append(
            (
                NIGHTS[night],
                f"**{ratio:.2f}**",
                f"≤ {aim:g}" if aim else "",
                "" if aim is None else "met" if ratio <= aim else "missed",
                f"{of['of_the_best']:.2f}",
                f"{of['with_great_expectations']:.2f}",
                f"{of['whole_process']:.2f}",
                f"{of['cpu']:.2f}",
                f"{pandas:.1f}" if pandas else "",
                f"≥ {PANDAS_AIMS[night]:g}" if night in PANDAS_AIMS else "",
                f"{kept['medians'][night]['rollbook']['peak_mb']:.0f}",
                f"< {peak_aim}" if peak_aim else "",
            )
        )
    yield from table(header, body)


def _steps(kept: Mapping[str, Any]) -> Iterator[str]:
    yield "Seconds of each of Rollbook's steps:"
    yield ""
    body = []
    for night, medians in kept["medians"].items():
        steps = medians["rollbook"]["steps"]
        body.append((NIGHTS[night], *(f"{steps[name]:.2f}" if name in steps else "" for name in _STEPS)))
    yield from table(("night", *_STEPS), body)


def growth_lines(kept: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """How wall time grows, between sizes that have an aim only: a tiny one shows fixed costs, not growth."""
    aimed = [found for found in kept if found["size"] in AIMS]
    if len(aimed) < 2:
        return
    small, large = aimed[0], aimed[-1]
    yield "### Growth"
    yield ""
    yield f"From {small['rows']:,} to {large['rows']:,} rows, the exponent by which wall time grows (1: in proportion)."
    yield ""
    shared = [name for name in CONTENDERS if all(name in found["medians"]["first"] for found in (small, large))]
    body = [
        (NIGHTS[night], *(f"{growth(small, large, contender, night):.2f}" for contender in shared))
        for night in large["medians"]
    ]
    yield from table(("night", *(CONTENDERS[name] for name in shared)), body)
