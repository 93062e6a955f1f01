"""`python -m bench.safety`: what safe nights cost on a large roster: undo, a look back, a night that comes late."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from rich.console import Console

from bench import DISTRICT, document, machine
from bench.server import serve
from sandbox import district, nights, write
from sandbox.district import World

_PERCENT = 1.0
_SEED = 1

app = typer.Typer(add_completion=False)


@app.command("safety")
def measure(
    rows: Annotated[int, typer.Option(min=700, help="Enrollments.")] = 350_000,
    write_page: Annotated[bool, typer.Option("--write", help="Keep the figures and write the page.")] = False,
) -> None:
    """Measure what taking back, looking back and filling in cost, after a first night and one with 1 % of changes."""
    began = datetime.now(UTC).isoformat(timespec="seconds")
    of = {"machine": machine.machine(), "versions": machine.versions(), "revision": machine.revision()}
    found = {"command": " ".join(["python -m bench.safety", *sys.argv[1:]]), "began": began, **of, **run(rows)}
    console = Console()
    for line in document.safe(found):
        console.print(line, soft_wrap=True, markup=False)
    if write_page:
        document.keep_safety(found)
        document.write()


def run(rows: int) -> dict[str, Any]:
    """Sync, take back and look back; seconds of each, and how much it was about."""
    first = district.generate(seed=_SEED, students=rows // district.SLOTS, district=DISTRICT)
    changed = nights.evolve(first, seed=_SEED + 1, percent=_PERCENT).world
    with TemporaryDirectory(prefix="rollbook-bench-") as folder, serve(Path(folder) / "postgresql") as server:
        server.migrate()
        server.renew("safety")
        with _environment(Path(folder), server.url("safety")):
            from pipelines.store.engine import dispose

            told = _nights(Path(folder), first, changed)
            dispose()
    return {"rows": rows, "measured": told}


def _nights(folder: Path, first: World, changed: World) -> list[dict[str, Any]]:
    """Each thing that was done, its seconds, those of the one transaction in it, and the rows that it was about."""
    from pipelines import as_of, roster
    from pipelines.settings import NightRequest

    def night(world: World, on: date) -> dict[str, Any]:
        (path,) = write.write(world, folder / on.isoformat(), name="roster")
        request = NightRequest(district_id=DISTRICT, as_of=on, path=str(path))
        return _run(lambda: roster.sync(request))

    begin = first.as_of
    between = nights.evolve(first, seed=_SEED + 2, percent=_PERCENT).world
    school, some_class = first.schools["school_id"].iloc[0], first.classes["class_id"].iloc[0]
    told = {"the first night": night(first, begin)}
    told["a night of 1 % changes"] = second = night(changed, begin + timedelta(days=10))
    told["undo of that night"] = undone = _run(lambda: roster.take_back(second["run_id"], "bench"))
    told["undo of the undoing"] = _run(lambda: roster.take_back(undone["run_id"], "bench"))
    told["as-of, one class"] = _look(lambda: as_of.members(DISTRICT, begin, some_class))
    told["as-of, one school"] = _look(lambda: as_of.school_members(DISTRICT, begin, school))
    told["a night of 1 % between the two, late"] = night(between, begin + timedelta(days=5))
    return [{"what": what} | one for what, one in told.items()]


def _run(act: Callable[[], list[Any]]) -> dict[str, Any]:
    began = time.monotonic()
    outcomes = act()
    (merge,) = [one for one in outcomes if one.step == "merge"]
    rows = sum(count for name, count in merge.counts.items() if name.startswith(("applied.", "undone")))
    seconds = {"seconds": time.monotonic() - began, "transaction": merge.seconds}
    return {**seconds, "rows": rows, "run_id": outcomes[0].run_id}


def _look(act: Callable[[], list[Any]]) -> dict[str, Any]:
    began = time.monotonic()
    return {"rows": len(act()), "seconds": time.monotonic() - began, "transaction": None}


@contextmanager
def _environment(folder: Path, url: str) -> Iterator[None]:
    """Settings that hold nothing back, for one district, in this process."""
    source = {"kind": "sis_file", "layout": "combined", "path": "x", "completeness": {"settle_seconds": 0}}
    limits = {f"{kind}_{of}": 100 for kind in ("archive", "update", "create") for of in ("percent", "rows")}
    facts = {"district_id": DISTRICT, "name": DISTRICT, "sources": [source], "limits": limits}
    path = folder / "districts" / f"{DISTRICT}.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(facts), encoding="utf-8")
    before = dict(os.environ)
    os.environ.update(
        ROLLBOOK_WAREHOUSE_URL=url.replace("postgresql://", "postgresql+psycopg://", 1),
        ROLLBOOK_HOME=str(folder / "home"),
        ROLLBOOK_CONFIG=str(folder),
    )
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


if __name__ == "__main__":
    app(prog_name="python -m bench.safety")
