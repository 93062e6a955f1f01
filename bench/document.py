"""docs/performance.md, written from measured JSON alone: the prose is a template, every figure is the command's."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from string import Template
from typing import Any

from bench import pages_page, safety_page
from bench.markdown import shared, table
from bench.ratios import AIMS, PANDAS_AIMS, PEAK_AIMS, growth, ratios
from bench.table import CONTENDERS, NIGHTS
from pipelines.settings import PROJECT

RESULTS = Path(__file__).parent / "results"
PAGE = PROJECT / "docs" / "performance.md"
_COLUMNS = 19  # of the generator's combined layout
_PULL = ("fetch", "land", "understand")
_STEPS = ("extract", "validate", "stage", "plan", "review", "merge", "audit", "report")


def keep(found: Mapping[str, Any], results: Path = RESULTS) -> None:
    """Keep what was measured; a later run of the same size replaces it."""
    results.mkdir(exist_ok=True)
    (results / f"{found['size']}.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def write(results: Path = RESULTS, page: Path = PAGE) -> None:
    """Write the page from all kept results."""
    kept = [json.loads(path.read_text(encoding="utf-8")) for path in results.glob("*.json")]
    kept = [found | {"ratios": ratios(found)} for found in kept]
    kept.sort(key=lambda found: found["rows"])
    template = (Path(__file__).parent / "performance.template.md").read_text(encoding="utf-8")
    told = {
        "columns": str(_COLUMNS),
        "sizes": "\n".join(line for found in kept for line in _size(found)),
        "growth": "\n".join(_growth(kept)),
        "pulls": "\n".join(line for path in sorted((results / "pulls").glob("*.json")) for line in _pull_page(path)),
        "grades": "\n".join(
            line for path in sorted((results / "grades").glob("*.json")) for line in _grades_page(path)
        ),
        "safety": "\n".join(safety_page.pages(results)),
        "pages": "\n".join(pages_page.pages(results)),
        "again": "\n".join(found["command"] for found in kept),
    }
    page.write_text(Template(template).substitute(told), encoding="utf-8")


def _size(found: Mapping[str, Any]) -> Iterator[str]:
    machine, versions = found["machine"], found["versions"]
    first = found["nights"][0]
    yield f"## {found['rows']:,} rows ({first['bytes'] / 1e6:,.0f} MB)"
    yield ""
    yield f"`{found['command']}`, {found['began']}, commit {found['revision']}, {found['rounds']} rounds."
    yield (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['ram_gb']} GB, {machine['system']}; "
        f"load average before {', '.join(str(load) for load in machine['load_before'])}"
        f"{shared(machine)}."
    )
    yield ", ".join(f"{name} {version}" for name, version in versions.items()) + "."
    yield ""
    yield from _measures(found)
    yield from _compared(found)
    yield from _steps(found)


def _measures(found: Mapping[str, Any]) -> Iterator[str]:
    header = ("night", "", "wall s", "min-max", "CPU s", "peak MB", "rows/s", "start s", "GX s", "process s")
    body = []
    for night, medians in found["medians"].items():
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


def _compared(found: Mapping[str, Any]) -> Iterator[str]:
    yield "How Rollbook compares: its wall time as a share of L's, and P's wall time as a multiple of Rollbook's."
    yield ""
    header = ("night", "R / L", "aim", "", "best", "with GX", "process", "CPU", "P / R", "aim ", "peak MB", "aim  ")
    peak_aim = PEAK_AIMS.get(found["size"])
    body = []
    for night, of in found["ratios"].items():
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
                f"{found['medians'][night]['rollbook']['peak_mb']:.0f}",
                f"< {peak_aim}" if peak_aim else "",
            )
        )
    yield from table(header, body)


def _steps(found: Mapping[str, Any]) -> Iterator[str]:
    yield "Seconds of each step of Rollbook:"
    yield ""
    body = []
    for night, medians in found["medians"].items():
        steps = medians["rollbook"]["steps"]
        body.append((NIGHTS[night], *(f"{steps[name]:.2f}" if name in steps else "" for name in _STEPS)))
    yield from table(("night", *_STEPS), body)


def keep_pull(found: Mapping[str, Any], results: Path = RESULTS) -> None:
    """Keep what was measured of pulls; a later run of the same size replaces it."""
    (results / "pulls").mkdir(parents=True, exist_ok=True)
    path = results / "pulls" / f"{found['students']}.json"
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _pull_page(path: Path) -> Iterator[str]:
    found = json.loads(path.read_text(encoding="utf-8"))
    yield f"### {found['students']:,} students"
    yield ""
    yield f"`{found['command']}`, {found['began']}, commit {found['revision']}, {found['rounds']} rounds."
    yield (
        f"{found['machine']['cpu']}, {found['machine']['cores']} cores, {found['machine']['ram_gb']} GB; "
        f"load average before {', '.join(str(load) for load in found['machine']['load_before'])}"
        f"{shared(found['machine'])}."
    )
    yield ""
    yield from pulled(found)


def pulled(found: Mapping[str, Any]) -> Iterator[str]:
    """The table of pulls: medians over the rounds."""
    header = (
        "source",
        "",
        "wall s",
        "CPU s",
        "peak MB",
        "MB",
        "requests",
        "fetch s",
        "land s",
        "understand s",
        "rows/s",
    )
    body, ratios_ = [], []
    for kind in dict.fromkeys(cell["kind"] for cell in found["cells"]):
        walls = {}
        for contender, name in (("plain", "the same requests, thrown away"), ("rollbook", "Rollbook")):
            cells = [cell for cell in found["cells"] if (cell["kind"], cell["contender"]) == (kind, contender)]
            of = {
                one: median(cell[one] for cell in cells) for one in ("wall", "cpu", "peak_mb", "megabytes", "requests")
            }
            walls[contender] = of["wall"]
            told = [f"**{of['wall']:.2f}**", f"{of['cpu']:.2f}", f"{of['peak_mb']:.0f}", f"{of['megabytes']:.0f}"]
            steps = ("", "", "", "")
            if contender == "rollbook":
                steps = tuple(f"{median(cell['steps'][step] for cell in cells):.2f}" for step in _PULL)
                steps += (f"{median(cell['rows'] for cell in cells) / of['wall']:,.0f}",)
            body.append((kind, name, *told, f"{of['requests']:.0f}", *steps))
        ratios_.append(f"{kind} {walls['rollbook'] / walls['plain']:.1f}")
    yield from table(header, body)
    yield f"Rollbook's wall, landing and reading included, as a multiple of the plain client's: {', '.join(ratios_)}."
    yield ""


def keep_grades(found: Mapping[str, Any], results: Path = RESULTS) -> None:
    """Keep what was measured of exports; a later run of the same size replaces it."""
    (results / "grades").mkdir(parents=True, exist_ok=True)
    path = results / "grades" / f"{found['scores']}.json"
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _grades_page(path: Path) -> Iterator[str]:
    found = json.loads(path.read_text(encoding="utf-8"))
    yield f"### {found['scores']:,} scores in {found['columns']:,} columns of {found['courses']:,} courses"
    yield ""
    yield f"`{found['command']}`, {found['began']}, commit {found['revision']}."
    yield f"{found['machine']['cpu']}, {found['machine']['cores']} cores{shared(found['machine'])}."
    yield ""
    yield from exported(found)


def exported(found: Mapping[str, Any]) -> Iterator[str]:
    """The table of exports: a row per night."""
    asked = ("in all", "columns", "bulk updates", "progress", "scores read")
    header = (
        "night",
        "",
        "collect s",
        "export s",
        "CPU s",
        "peak MB",
        "sent",
        *(f"requests: {name}" for name in asked),
    )
    body = [
        (
            of["night"],
            of["status"],
            *(f"{of[name]:.1f}" for name in ("collect", "export", "cpu")),
            f"{of['peak_mb']:.0f}",
            f"{of['counts'].get('sent', 0):,}",
            *(f"{of['requests'].get(name, 0):,}" for name in asked),
        )
        for of in found["nights"]
    ]
    yield from table(header, body)


def _growth(kept: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Only between sizes that have an aim: a tiny one shows fixed costs, not growth."""
    small, *_, large = aimed if len(aimed := [found for found in kept if found["size"] in AIMS]) > 1 else (None, None)
    if small is None or large is None:
        return
    yield "## Growth"
    yield ""
    yield f"From {small['rows']:,} to {large['rows']:,} rows: the exponent of wall time (1: in proportion)."
    yield ""
    contenders = [name for name in CONTENDERS if name in small["contenders"] and name in large["contenders"]]
    body = [
        (NIGHTS[night], *(f"{growth(small, large, contender, night):.2f}" for contender in contenders))
        for night in large["medians"]
    ]
    yield from table(("night", *(CONTENDERS[name] for name in contenders)), body)
