"""`python -m bench.safety`: what safe nights cost on a large roster: undo, a look back, a night that comes late.

And the same merge with and without each check of the database, on copies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from bench import DISTRICT
from bench.measure import Write, begin, configure, finish, run_on
from bench.server import Server, serve
from bench.statements import statements
from sandbox import district, nights, write
from sandbox.district import World

_PERCENT = 1.0
_SEED = 1
_WAREHOUSE = "safety"
_BEFORE_MERGE, _FROM_MERGE = ("extract", "validate", "stage", "plan", "review"), ("merge", "audit", "report")
# What the merge is measured without, by the statements of bench/safety.sql.
CHECKS = {
    "the proof of the scope": "proof_of_scope",
    "the constraint of one version at a time": "one_version_at_a_time",
}

_UNLIMITED = {f"{kind}_{of}": 100 for kind in ("archive", "update", "create") for of in ("percent", "rows")}

app = typer.Typer(add_completion=False)


@app.command("safety")
def measure(
    rows: Annotated[int, typer.Option(min=700, help="Enrollments.")] = 7_000_000,
    rounds: Annotated[int, typer.Option(min=0, help="Merges with and without each check; 0: none.")] = 3,
    first: Annotated[bool, typer.Option(help="Merge the first night with and without the checks, too.")] = True,
    folder: Annotated[
        Path | None, typer.Option(help="Where there is room: 40 GB for 7,000,000. By default /tmp.")
    ] = None,
    write_page: Write = False,
) -> None:
    """Measure what taking back, looking back and filling in cost, after a first night and one with 1 % of changes."""
    about = begin("bench.safety")
    finish("safety", about | run(rows, rounds, first=first, within=folder), write=write_page)


def run(rows: int, rounds: int = 1, *, first: bool = True, within: Path | None = None) -> dict[str, Any]:
    """Sync, take back and look back; seconds of each, and how much it was about."""
    with TemporaryDirectory(prefix="rollbook-bench-", dir=within, ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary)
        worlds = _worlds(rows, folder)
        with serve(folder / "postgresql") as server:
            server.migrate()
            server.renew(_WAREHOUSE)
            source = {"kind": "sis_file", "layout": "combined", "path": "x", "completeness": {"settle_seconds": 0}}
            configure(folder, source, limits=_UNLIMITED)
            return {"rows": rows} | _nights(_Place(folder, server, worlds), rounds, first=first)


@dataclass(frozen=True)
class _Delivered:
    """The three nights' files, and whom to look up."""

    paths: Mapping[str, Path]
    begin: date
    school: str
    some_class: str


def _worlds(rows: int, folder: Path) -> _Delivered:
    world = district.generate(seed=_SEED, students=rows // district.SLOTS, district=DISTRICT)
    told = (world.as_of, str(world.schools["school_id"].iloc[0]), str(world.classes["class_id"].iloc[0]))
    paths = {"first": _write(world, folder / "first")}
    for place, name in enumerate(("changed", "between"), start=1):
        night = nights.evolve(world, seed=_SEED + place, percent=_PERCENT).world
        paths[name] = _write(night, folder / name)
    return _Delivered(paths, *told)


def _write(world: World, folder: Path) -> Path:
    (path,) = write.write(world, folder, name="roster")
    return path


@dataclass(frozen=True)
class _Place:
    """Where cells are run."""

    folder: Path
    server: Server
    delivered: _Delivered

    def night(self, name: str, days: int) -> dict[str, Any]:
        """What a cell has to know of a night."""
        on = self.delivered.begin + timedelta(days=days)
        return {"path": str(self.delivered.paths[name]), "on": on.isoformat()}

    def cell(self, cell: str, order: Mapping[str, Any], database: str = _WAREHOUSE) -> dict[str, Any]:
        """Do one in a fresh process; what it cost on both sides."""
        return run_on(self.server, database, cell, order, self.folder)


def _nights(place: _Place, rounds: int, *, first: bool) -> dict[str, Any]:
    """Each thing that was done, its seconds, those of the one transaction in it, and the rows that it was about."""
    told, compared = {}, []
    for name, what, days in (("first", "the first night", 0), ("changed", "a night of 1 % changes", 10)):
        planned = place.cell("night", place.night(name, days) | {"steps": _BEFORE_MERGE})
        merge = {"run_id": planned["run_id"], "steps": _FROM_MERGE}
        if first or name != "first":
            compared += [{"night": what, **cell} for cell in _compare(place, merge, rounds)]
        merged = place.cell("night", merge)
        both = {of: planned[of] + merged[of] for of in ("wall", "cpu")}
        both["peak_mb"] = max(planned["peak_mb"], merged["peak_mb"])
        told[what] = merged | both | {"steps": planned["steps"] | merged["steps"]}
        if name == "first":
            place.server.rest(_WAREHOUSE)
    begin, delivered = place.delivered.begin.isoformat(), place.delivered
    second = told["a night of 1 % changes"]["run_id"]
    told["undo of that night"] = undone = place.cell("undo", {"run_id": second})
    told["undo of the undoing"] = place.cell("undo", {"run_id": undone["run_id"]})
    told["as-of, one class"] = place.cell("look", {"of": "class", "on": begin, "id": delivered.some_class})
    told["as-of, one school"] = place.cell("look", {"of": "school", "on": begin, "id": delivered.school})
    late = place.night("between", 5) | {"steps": _BEFORE_MERGE + _FROM_MERGE}
    told["a night of 1 % between the two, late"] = place.cell("night", late)
    return {"measured": [{"what": what} | one for what, one in told.items()], "compared": compared}


def _compare(place: _Place, merge: Mapping[str, Any], rounds: int) -> Iterator[dict[str, Any]]:
    """The same merge on copies of the warehouse, as it is and without each check; who goes first changes."""
    merge = {**merge, "steps": ("merge",)}
    checks = ("", *CHECKS)
    for number in range(rounds):
        turn = number % len(checks)
        for without in (*checks[turn:], *checks[:turn]):
            place.server.copy(_WAREHOUSE, "copy")
            if without:
                place.server.change("copy", statements("safety.sql")[CHECKS[without]])
            yield {"without": without, "round": number} | place.cell("night", merge, "copy")
            place.server.drop("copy")


if __name__ == "__main__":
    app(prog_name="python -m bench.safety")
