"""docs/performance.md, written from bench/summary.json alone: the prose is a template, every figure is a command's."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template
from typing import Any

from bench.sections import grades, nights, pages, pulls, safety
from pipelines.settings import PROJECT

SUMMARY = Path(__file__).parent / "summary.json"
PAGE = PROJECT / "docs" / "performance.md"
SECTIONS = {"nights": nights, "pulls": pulls, "grades": grades, "safety": safety, "pages": pages}
_ABOUT = ("command", "began", "revision", "machine", "versions")
_DIGITS = 6  # after the point; the page has at most two

Kept = dict[str, dict[str, dict[str, Any]]]  # by section, by size: what the page says


def tables(kind: str, found: Mapping[str, Any]) -> Iterator[str]:
    """The tables of one measurement."""
    section = SECTIONS[kind]
    yield from section.lines(section.summary(found))


def keep(kind: str, found: Mapping[str, Any], summary: Path = SUMMARY) -> None:
    """Keep what the page says of a measurement; a later one of the same size replaces it."""
    section, kept = SECTIONS[kind], read(summary)
    told = {name: found[name] for name in _ABOUT} | section.summary(found)
    sizes = kept.setdefault(kind, {}) | {str(found[section.SIZE]): _rounded(told)}
    kept[kind] = dict(sorted(sizes.items(), key=lambda item: int(item[0])))
    summary.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def read(summary: Path = SUMMARY) -> Kept:
    """All that was kept."""
    return json.loads(summary.read_text(encoding="utf-8")) if summary.exists() else {}


def write(summary: Path = SUMMARY, page: Path = PAGE) -> None:
    """Write the page from all that was kept."""
    page.write_text(render(read(summary)), encoding="utf-8")


def render(kept: Kept) -> str:
    """The page's text."""
    template = (Path(__file__).parent / "performance.template.md").read_text(encoding="utf-8")
    told = {kind: "\n".join(_section(kind, kept.get(kind, {}))) for kind in SECTIONS}
    of_nights = [*kept.get("nights", {}).values()]
    return Template(template).substitute(
        told,
        columns=str(nights.COLUMNS),
        growth="\n".join(nights.growth_lines(of_nights)),
        again="\n".join(found["command"] for sizes in kept.values() for found in sizes.values()),
    )


def _section(kind: str, sizes: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    section = SECTIONS[kind]
    for found in sizes.values():
        yield f"### {section.title(found)}"
        yield ""
        yield from _about(found)
        yield from section.lines(found)


def _about(found: Mapping[str, Any]) -> Iterator[str]:
    """Command, time and code; the machine, and that it had other work, if it had; versions."""
    machine = found["machine"]
    busy = machine["load_before"][0] > machine["cores"] / 4
    shared = ": the machine was shared, so trust the ratios more than the seconds" if busy else ""
    yield f"`{found['command']}`, {found['began']}, commit {found['revision']}."
    yield (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['ram_gb']} GB, {machine['system']}; "
        f"load average before {', '.join(str(load) for load in machine['load_before'])}{shared}."
    )
    if found["versions"]:
        yield ", ".join(f"{name} {version}" for name, version in found["versions"].items()) + "."
    yield ""


def _rounded(told: Any) -> Any:
    if isinstance(told, float):
        return round(told, _DIGITS)
    if isinstance(told, Mapping):
        return {name: _rounded(value) for name, value in told.items()}
    return [_rounded(value) for value in told] if isinstance(told, list) else told
