"""Pulls from vendors' APIs, from what `python -m bench.pull` measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import median
from typing import Any

from bench.markdown import table

SIZE = "students"
CONTENDERS = {"plain": "the same requests, thrown away", "pull": "Rollbook"}
_MEASURES = ("wall", "cpu", "peak_mb", "megabytes", "requests", "rows")
_STEPS = ("fetch", "land", "understand")


def summary(found: Mapping[str, Any]) -> dict[str, Any]:
    """The medians of all rounds, by source and contender."""
    kinds: dict[str, dict[str, Any]] = {}
    for cell in found["cells"]:
        those = [c for c in found["cells"] if (c["kind"], c["contender"]) == (cell["kind"], cell["contender"])]
        told: dict[str, Any] = {name: median(c[name] for c in those) for name in _MEASURES if name in cell}
        told["steps"] = {step: median(c["steps"][step] for c in those) for step in cell.get("steps", ())}
        kinds.setdefault(cell["kind"], {})[cell["contender"]] = told
    return {"students": found["students"], "rounds": found["rounds"], "kinds": kinds}


def title(kept: Mapping[str, Any]) -> str:
    """How much it was."""
    return f"{kept['students']:,} students"


def lines(kept: Mapping[str, Any]) -> Iterator[str]:
    """A row per source and contender."""
    yield f"Rounds: {kept['rounds']}. Each figure is their median."
    yield ""
    header = ("source", "", "wall s", "CPU s", "peak MB", "MB", "requests", *(f"{one} s" for one in _STEPS), "rows/s")
    body, ratios = [], []
    for kind, contenders in kept["kinds"].items():
        for contender, name in CONTENDERS.items():
            of = contenders[contender]
            body.append(
                (
                    kind,
                    name,
                    f"**{of['wall']:.2f}**",
                    f"{of['cpu']:.2f}",
                    *(f"{of[one]:.0f}" for one in ("peak_mb", "megabytes", "requests")),
                    *(f"{of['steps'][step]:.2f}" if of["steps"] else "" for step in _STEPS),
                    f"{of['rows'] / of['wall']:,.0f}" if "rows" in of else "",
                )
            )
        ratios.append(f"{kind} {contenders['pull']['wall'] / contenders['plain']['wall']:.1f}")
    yield from table(header, body)
    yield f"Rollbook's wall, landing and reading included, as a multiple of the plain client's: {', '.join(ratios)}."
    yield ""
