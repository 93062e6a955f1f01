"""`python -m bench.grades`: a large district's grades, exported to the sandbox's Canvas and read back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from bench import DISTRICT
from bench.measure import Write, begin, complete, configure, finish
from bench.measure import run as run_cell
from bench.server import serve
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
    write_page: Write = False,
) -> None:
    """Measure three nights: everything is new, nothing is, one score in a hundred is."""
    about = begin("bench.grades")
    finish("grades", about | run(students, activities), write=write_page)


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
    read = {"in all": sum(counted.values()), "scores read": counted["submissions"], "progress": counted["progress"]}
    return kinds | read


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
        at_once = {"completeness": {"settle_seconds": 0}}
        roster = {"kind": "sis_file", "layout": "combined", "path": str(self.folder / "roster" / "roster.csv")}
        files = {name: str(self.folder / "{as_of}" / f"{name}.csv") for name in ("activities", "scores")}
        canvas = {"connection": connection_id("canvas", DISTRICT), "course_map": "sis_section_id", "select": "all"}
        gradebook = {"sources": [{"kind": "grade_file", **files, **at_once}]}
        configure(self.folder, roster | at_once, gradebook=gradebook, canvas=canvas)

    def drop(self, as_of: date) -> Path:
        """Where a night's grades arrive."""
        folder = self.folder / as_of.isoformat()
        folder.mkdir()
        return folder

    def sync(self, world: World) -> None:
        """Sync the roster."""
        write.write(world, self.folder / "roster", layout="combined", name="roster")
        complete(["rollbook", "sync", "-d", DISTRICT, "--as-of", world.as_of.isoformat()], self._environment())

    def export(self, as_of: date) -> dict[str, Any]:
        """Export a night's grades, in a process of its own."""
        return run_cell("export", {"as_of": as_of.isoformat()}, self._environment())

    def _environment(self) -> dict[str, str]:
        here = {"WAREHOUSE_URL": self.url, "HOME": str(self.folder / "home"), "CONFIG": str(self.folder)}
        return connections(self.sandbox, [DISTRICT]) | {f"ROLLBOOK_{name}": value for name, value in here.items()}


if __name__ == "__main__":
    app(prog_name="python -m bench.grades")
