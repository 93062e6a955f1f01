"""`python -m bench.safety`: what safe nights cost on a large roster: undo, a look back, a night that comes late.

And the same merge with and without each check of the database, on copies. `bench.safety_cell` does each.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from rich.console import Console

from bench import DISTRICT, document, machine, safety_page
from bench.meter import server_seconds
from bench.server import Server, serve
from bench.statements import statements
from pipelines.settings import PROJECT
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

app = typer.Typer(add_completion=False)


@app.command("safety")
def measure(
    rows: Annotated[int, typer.Option(min=700, help="Enrollments.")] = 7_000_000,
    rounds: Annotated[int, typer.Option(min=0, help="Merges with and without each check; 0: none.")] = 3,
    first: Annotated[bool, typer.Option(help="Merge the first night with and without the checks, too.")] = True,
    folder: Annotated[
        Path | None, typer.Option(help="Where there is room: 40 GB for 7,000,000. By default /tmp.")
    ] = None,
    write_page: Annotated[
        bool, typer.Option("--write", help="Keep the figures and write docs/performance.md.")
    ] = False,
) -> None:
    """Measure what taking back, looking back and filling in cost, after a first night and one with 1 % of changes."""
    began = datetime.now(UTC).isoformat(timespec="seconds")
    of = {"machine": machine.machine(), "versions": machine.versions(), "revision": machine.revision()}
    command = " ".join(["python -m bench.safety", *sys.argv[1:]])
    found = {
        "command": command,
        "began": began,
        "rounds": rounds,
        **of,
        **run(rows, rounds, first=first, within=folder),
    }
    console = Console()
    for line in safety_page.lines(found):
        console.print(line, soft_wrap=True, markup=False)
    if write_page:
        safety_page.keep(found, document.RESULTS)
        document.write()


def run(rows: int, rounds: int = 1, *, first: bool = True, within: Path | None = None) -> dict[str, Any]:
    """Sync, take back and look back; seconds of each, and how much it was about."""
    with TemporaryDirectory(prefix="rollbook-bench-", dir=within, ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary)
        worlds = _worlds(rows, folder)
        with serve(folder / "postgresql") as server:
            server.migrate()
            server.renew(_WAREHOUSE)
            _configure(folder)
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
        return {"do": "night", "path": str(self.delivered.paths[name]), "on": on.isoformat()}

    def cell(self, order: Mapping[str, Any], database: str = _WAREHOUSE) -> dict[str, Any]:
        """Run one in a fresh process, and tell what it cost on both sides."""
        url = self.server.url(database).replace("postgresql://", "postgresql+psycopg://", 1)
        here = {"ROLLBOOK_WAREHOUSE_URL": url, "ROLLBOOK_HOME": str(self.folder / "home")}
        used = server_seconds(self.server.postmaster)
        done = subprocess.run(
            [sys.executable, "-m", "bench.safety_cell", json.dumps(order)],
            cwd=PROJECT,
            env=os.environ | here | {"ROLLBOOK_CONFIG": str(self.folder)},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{order}: {done.stderr[-2000:]}")
        self.server.await_silence(database)
        cell: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        cell["cpu"] = cell.pop("client_cpu") + server_seconds(self.server.postmaster) - used
        print(f"{order} {cell['seconds']:.2f} s", file=sys.stderr)
        return cell


def _nights(place: _Place, rounds: int, *, first: bool) -> dict[str, Any]:
    """Each thing that was done, its seconds, those of the one transaction in it, and the rows that it was about."""
    told, compared = {}, []
    for name, what, days in (("first", "the first night", 0), ("changed", "a night of 1 % changes", 10)):
        planned = place.cell(place.night(name, days) | {"steps": _BEFORE_MERGE})
        merge = {"do": "night", "run_id": planned["run_id"], "steps": _FROM_MERGE}
        if first or name != "first":
            compared += [{"night": what, **cell} for cell in _compare(place, merge, rounds)]
        merged = place.cell(merge)
        both = {of: planned[of] + merged[of] for of in ("seconds", "cpu")}
        both["peak_mb"] = max(planned["peak_mb"], merged["peak_mb"])
        told[what] = merged | both | {"steps": planned["steps"] | merged["steps"]}
        if name == "first":
            place.server.rest(_WAREHOUSE)
    begin, delivered = place.delivered.begin.isoformat(), place.delivered
    second = told["a night of 1 % changes"]["run_id"]
    told["undo of that night"] = undone = place.cell({"do": "undo", "run_id": second})
    told["undo of the undoing"] = place.cell({"do": "undo", "run_id": undone["run_id"]})
    told["as-of, one class"] = place.cell({"do": "class", "on": begin, "id": delivered.some_class})
    told["as-of, one school"] = place.cell({"do": "school", "on": begin, "id": delivered.school})
    late = place.night("between", 5) | {"steps": _BEFORE_MERGE + _FROM_MERGE}
    told["a night of 1 % between the two, late"] = place.cell(late)
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
            yield {"without": without, "round": number} | place.cell(merge, "copy")
            place.server.drop("copy")


def _configure(folder: Path) -> None:
    """Settings that hold nothing back, for one district."""
    source = {"kind": "sis_file", "layout": "combined", "path": "x", "completeness": {"settle_seconds": 0}}
    limits = {f"{kind}_{of}": 100 for kind in ("archive", "update", "create") for of in ("percent", "rows")}
    facts = {"district_id": DISTRICT, "name": DISTRICT, "sources": [source], "limits": limits}
    path = folder / "districts" / f"{DISTRICT}.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(facts), encoding="utf-8")


if __name__ == "__main__":
    app(prog_name="python -m bench.safety")
