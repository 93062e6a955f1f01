"""`python -m bench.grades`: a large district's grades, exported to the sandbox's Canvas and read back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from rich.console import Console

from bench import document, machine
from bench.grades_cell import DISTRICT
from bench.server import serve
from pipelines.settings import PROJECT
from sandbox import grades, write
from sandbox.demo.vendors import connection_id, connections
from sandbox.district import World, generate
from sandbox.grades import Grades
from sandbox.vendors.handle import Sandbox
from sandbox.vendors.serving import serving

NIGHTS = ("first export", "nothing new", "1 % changed")
_SEED = 1

app = typer.Typer(add_completion=False)


@app.command("grades")
def measure(
    students: Annotated[int, typer.Option(min=13, help="4,700 have some 200 courses.")] = 4700,
    activities: Annotated[int, typer.Option(min=1, help="Of one class of each course.")] = 20,
    write_page: Annotated[bool, typer.Option("--write", help="Keep the figures and write the page.")] = False,
) -> None:
    """Measure three nights: everything is new, nothing is, one score in a hundred is."""
    began = datetime.now(UTC).isoformat(timespec="seconds")
    of = {"machine": machine.machine(), "versions": machine.versions(), "revision": machine.revision()}
    command = " ".join(["python -m bench.grades", *sys.argv[1:]])
    found = {"students": students, "command": command, "began": began, **of, **run(students, activities)}
    console = Console()
    for line in document.exported(found):
        console.print(line, soft_wrap=True, markup=False)
    if write_page:
        document.keep_grades(found)
        document.write()


def run(students: int, activities: int) -> dict[str, Any]:
    """Export three nights; how much there was to export, and what each night cost and asked."""
    world = generate(seed=_SEED, students=students, district=DISTRICT)
    book = _of_one_class_each(world, activities)
    with (
        TemporaryDirectory(prefix="rollbook-bench-") as folder,
        serve(Path(folder) / "postgresql") as server,
        serving(students=students, districts=(DISTRICT,), own_process=True) as sandbox,
    ):
        server.migrate()
        server.renew("grades")
        here = _Here(Path(folder), sandbox, server.url("grades"))
        here.settle()
        here.sync(world)
        nights = list(_nights(here, world, book))
    courses = world.classes["course"].nunique()
    return {"courses": int(courses), "columns": len(book.activities), "scores": len(book.scores), "nights": nights}


def _nights(here: _Here, world: World, book: Grades) -> Iterator[dict[str, Any]]:
    changed = grades.evolve(world, book, seed=_SEED, rescored=len(book.scores) // 100).grades
    for number, (name, delivered) in enumerate(zip(NIGHTS, (book, book, changed), strict=True)):
        as_of = world.as_of + timedelta(days=number)
        grades.write(delivered, here.drop(as_of))
        here.sandbox.clear()
        cell = here.export(as_of)
        yield {"night": name, **cell, "requests": _requests(here.sandbox)}


def _requests(sandbox: Sandbox) -> dict[str, int]:
    """How often Canvas was asked, by kind."""
    kinds = Counter("bulk updates" if "update_grades" in path else "columns" for _, path in sandbox.writes("canvas"))
    counted = Counter(_kind(path) for path in sandbox.requests("canvas"))
    return (
        dict(kinds)
        | {"in all": sum(counted.values()), "scores read": counted["submissions"]}
        | {"progress": counted["progress"]}
    )


def _kind(path: str) -> str:
    return next((name for name in ("update_grades", "submissions", "progress") if name in path), "other")


def _of_one_class_each(world: World, activities: int) -> Grades:
    """The grades of the first class of each course."""
    book = grades.invent(world, _SEED, activities_per_class=activities)
    chosen = world.classes.drop_duplicates("course")["class_id"]
    kept = book.activities[book.activities["class_id"].isin(chosen)]
    return Grades(kept, book.scores[book.scores["activity_id"].isin(kept["activity_id"])])


@dataclass(frozen=True)
class _Here:
    """One district's settings, files, warehouse and Canvas."""

    folder: Path
    sandbox: Sandbox
    url: str

    def settle(self) -> None:
        """Write the settings: files for the roster and for grades, Canvas's sections for classes."""
        roster = {"kind": "sis_file", "layout": "combined", "path": str(self.folder / "roster" / "roster.csv")}
        source = {"kind": "grade_file", "completeness": {"settle_seconds": 0}}
        source |= {name: str(self.folder / "{as_of}" / f"{name}.csv") for name in ("activities", "scores")}
        canvas = {"connection": connection_id("canvas", DISTRICT), "course_map": "sis_section_id", "select": "all"}
        facts = {
            "district_id": DISTRICT,
            "name": DISTRICT,
            "sources": [roster | {"completeness": {"settle_seconds": 0}}],
        }
        path = self.folder / "config" / "districts" / f"{DISTRICT}.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(facts | {"gradebook": {"sources": [source]}, "canvas": canvas}), encoding="utf-8")

    def drop(self, as_of: date) -> Path:
        """Where a night's grades arrive."""
        folder = self.folder / as_of.isoformat()
        folder.mkdir()
        return folder

    def sync(self, world: World) -> None:
        """Sync the roster."""
        write.write(world, self.folder / "roster", layout="combined", name="roster")
        self._run(
            "-c", "from pipelines.cli import app; app()", "sync", "-d", DISTRICT, "--as-of", world.as_of.isoformat()
        )

    def export(self, as_of: date) -> dict[str, Any]:
        """Export a night's grades, in a process of its own."""
        cell: dict[str, Any] = json.loads(self._run("-m", "bench.grades_cell", as_of.isoformat()).splitlines()[-1])
        return cell

    def _run(self, *arguments: str) -> str:
        environment = os.environ | connections(self.sandbox, [DISTRICT]) | {"ROLLBOOK_WAREHOUSE_URL": self.url}
        environment |= {f"ROLLBOOK_{name}": str(self.folder / name.lower()) for name in ("HOME", "CONFIG")}
        done = subprocess.run(
            [sys.executable, *arguments], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])
        return done.stdout


if __name__ == "__main__":
    app(prog_name="python -m bench.grades")
