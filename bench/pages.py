"""`python -m bench.pages`: how long each page of the Airflow UI takes on a large district, at rest and beside a sync.

A real Airflow, asked over HTTP by one person who goes from page to page; the sync beside it is one night after another.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import psycopg
import requests
import typer

from bench import DISTRICT
from bench.measure import Write, around, begin, complete, configure, finish
from bench.server import Server, serve
from bench.statements import statements
from pipelines.settings import PROJECT
from sandbox import district, nights, write
from sandbox.demo import processes, rest, services

_SEED, _PERCENT = 1, 1.0
_WAREHOUSE, _METADATA = "pages", "airflow"
_GRADED_RUN = 1_000_000  # of the gradebook's columns, which nothing else refers to
_STRICT = {"archive_percent": 0, "archive_rows": 0}  # so that something waits for a person

app = typer.Typer(add_completion=False)


@app.command("pages")
def measure(
    rows: Annotated[int, typer.Option(min=700, help="Enrollments.")] = 350_000,
    asks: Annotated[int, typer.Option(min=1, help="Times that each page is asked for.")] = 15,
    write_page: Write = False,
) -> None:
    """Measure every page."""
    about = begin("bench.pages")
    finish("pages", about | run(rows, asks), write=write_page)


def run(rows: int, asks: int) -> dict[str, Any]:
    """Sync two nights, one of which waits in part, and ask for every page so many times; milliseconds of each."""
    with TemporaryDirectory(prefix="rollbook-bench-", ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary)
        with serve(folder / "postgresql") as server:
            server.migrate()
            for name in (_WAREHOUSE, _METADATA):
                server.renew(name)
            paths, begin = _deliver(rows, folder)
            environment = _environment(folder, server)
            for name, on in (("dirty", begin), ("changed", begin + timedelta(days=1))):
                _sync(environment, paths[name], on)
            _grade(server)
            server.rest(_WAREHOUSE)
            with _airflow(folder, server, environment) as (airflow, session):
                addresses = _addresses(server)
                told = {"at rest": _ask_all(airflow, session, addresses, asks)}
                with _beside(environment, paths, begin + timedelta(days=2)) as busy:
                    told["beside a sync"] = _ask_all(airflow, session, addresses, asks)
                    assert busy.poll() is None, "the sync beside the pages has ended"
    return {"rows": rows, "asks": asks, "measured": told}


def _deliver(rows: int, folder: Path) -> tuple[dict[str, Path], Any]:
    """Write three exports: with mistakes in it, clean and changed, and as it was."""
    world = district.generate(seed=_SEED, students=rows // district.SLOTS, district=DISTRICT)
    changed = nights.evolve(world, seed=_SEED + 1, percent=_PERCENT).world
    paths = {
        "dirty": write.write(world, folder / "dirty", name="roster", dirty=_SEED)[0],
        "clean": write.write(world, folder / "clean", name="roster")[0],
        "changed": write.write(changed, folder / "changed", name="roster")[0],
    }
    return paths, world.as_of


def _environment(folder: Path, server: Server) -> dict[str, str]:
    source = {"kind": "sis_file", "layout": "combined", "path": "x", "completeness": {"settle_seconds": 0}}
    limits = {f"{kind}_{of}": 100 for kind in ("update", "create") for of in ("percent", "rows")} | _STRICT
    configure(folder, source, limits=limits, expectations={"quarantined_percent": 100})
    return {
        "ROLLBOOK_WAREHOUSE_URL": server.url(_WAREHOUSE),
        "ROLLBOOK_HOME": str(folder / "home"),
        "ROLLBOOK_CONFIG": str(folder),
    }


def _sync(environment: Mapping[str, str], path: Path, on: Any) -> None:
    """Sync a night by the command line; that a part of it waits (4) is meant."""
    command = ["rollbook", "sync", "-d", DISTRICT, "--as-of", on.isoformat(), "--path", str(path), "--json"]
    complete(command, environment, accepted=(0, 4))


@contextmanager
def _beside(environment: Mapping[str, str], paths: Mapping[str, Path], on: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Sync one night after the other for as long as the context lasts."""
    days = [(on + timedelta(days=day)).isoformat() for day in range(60)]
    command = "".join(
        f"rollbook sync -d {DISTRICT} --as-of {day} --path {paths['clean' if place % 2 else 'changed']}; "
        for place, day in enumerate(days)
    )
    going = subprocess.Popen(
        ["/bin/sh", "-c", command],
        env=around(environment),
        cwd=PROJECT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        time.sleep(3)  # it is at work by then
        yield going
    finally:
        os.killpg(going.pid, 15)
        going.wait()


def _grade(server: Server) -> None:
    told = statements("pages.sql")
    with psycopg.connect(server.url(_WAREHOUSE)) as connection:
        for name in ("columns", "states"):
            connection.execute(told[name], {"run_id": _GRADED_RUN})


@contextmanager
def _airflow(
    folder: Path, server: Server, environment: dict[str, str]
) -> Iterator[tuple[services.Airflow, requests.Session]]:
    metadata = server.url(_METADATA).replace("postgresql://", "postgresql+psycopg://", 1)
    try:
        airflow = services.start(folder / "airflow", metadata, environment)
        yield airflow, rest.sign_in(airflow)
    finally:
        processes.stop(folder / "airflow")


def _addresses(server: Server) -> dict[str, str]:
    """Every page, by what it is called; with the heaviest that it shows."""
    with psycopg.connect(server.url(_WAREHOUSE)) as connection:
        [(class_id,)] = connection.execute(statements("pages.sql")["some_class"]).fetchall()
        [(school_id, user_id, begin)] = connection.execute(statements("pages.sql")["somebody"], [class_id]).fetchall()
        [(first, held)] = connection.execute("select min(run_id), max(run_id) from runs.runs").fetchall()
    of, runs = f"/{DISTRICT}", f"/{DISTRICT}/runs"
    return {
        "districts": "/",
        "district": of,
        "imports": f"{of}/imports",
        "school": f"{of}/schools/{school_id}",
        "students of a school": f"{of}/people?school={school_id}&who=students",
        "everybody": f"{of}/people",
        "class": f"{of}/classes/{class_id}",
        "class on a night": f"{of}/classes/{class_id}?on={begin}",
        "person": f"{of}/people/{user_id}",
        "run": f"{runs}/{first}",
        "validations": f"{runs}/{first}/validations",
        "quarantined lines": f"{runs}/{first}/rows",
        "plan, first night": f"{runs}/{first}/plan",
        "students by grade, first night": f"{runs}/{first}/changes?entity=users&who=students",
        "enrollments, first night": f"{runs}/{first}/changes?entity=enrollments",
        "plan, 1 % changed": f"{runs}/{held}/plan",
        "people, 1 % changed": f"{runs}/{held}/changes?entity=users",
        "holds of the district": f"{of}/holds",
        "holds of a run": f"{runs}/{held}/holds",
        "grades, classes": f"{of}/grades",
        "grades, one class": f"{of}/grades/{class_id}",
        "self-check": f"{of}/check",
    }


def _ask_all(
    airflow: services.Airflow, session: requests.Session, addresses: Mapping[str, str], asks: int
) -> dict[str, list[float]]:
    """Go through all pages so many times; milliseconds until each was there whole. The first round is not counted."""
    told: dict[str, list[float]] = {name: [] for name in addresses}
    for number in range(asks + 1):
        for name, address in addresses.items():
            began = time.perf_counter()
            answer = session.get(f"{airflow.url}/rollbook{address}", timeout=60)
            took = time.perf_counter() - began
            if not answer.ok:
                raise RuntimeError(f"{address}: {answer.status_code} {answer.text[:500]}")
            if number:
                told[name].append(took * 1000)
    return told


if __name__ == "__main__":
    app(prog_name="python -m bench.pages")
