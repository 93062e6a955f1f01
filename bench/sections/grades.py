"""Exports of grades, from what `python -m bench.grades` measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bench.markdown import table

SIZE = "scores"
_SECONDS = ("collect", "export", "cpu")
_ASKED = ("in all", "columns", "bulk updates", "progress", "scores read")


def summary(found: Mapping[str, Any]) -> dict[str, Any]:
    """Each night's cost, and how much was sent and asked."""
    nights = [
        {name: night[name] for name in ("night", "status", *_SECONDS, "peak_mb", "requests")}
        | {"sent": night["counts"].get("sent", 0)}
        for night in found["nights"]
    ]
    return {name: found[name] for name in ("scores", "columns", "courses")} | {"nights": nights}


def title(kept: Mapping[str, Any]) -> str:
    """How much it was."""
    return f"{kept['scores']:,} scores in {kept['columns']:,} columns of {kept['courses']:,} courses"


def lines(kept: Mapping[str, Any]) -> Iterator[str]:
    """A row per night."""
    header = (
        "night",
        "",
        "collect s",
        "export s",
        "CPU s",
        "peak MB",
        "sent",
        *(f"requests: {name}" for name in _ASKED),
    )
    body = [
        (
            of["night"],
            of["status"],
            *(f"{of[name]:.1f}" for name in _SECONDS),
            f"{of['peak_mb']:.0f}",
            f"{of['sent']:,}",
            *(f"{of['requests'].get(name, 0):,}" for name in _ASKED),
        )
        for of in kept["nights"]
    ]
    yield from table(header, body)
