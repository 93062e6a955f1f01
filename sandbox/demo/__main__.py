"""`python -m sandbox.demo start | stop`, which `make demo` and `make stop` call."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import typer
from rich.console import Console

from pipelines.settings import PROJECT
from pipelines.store.engine import dispose
from pipelines.store.migrate import migrate
from sandbox.demo import grades, nights, processes, rest, services, table, vendors, warehouse, world
from sandbox.demo.services import Airflow, DemoError
from sandbox.vendors.handle import Sandbox

HOME = PROJECT / ".rollbook" / "demo"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, help="Invented districts in an Airflow.")
console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)


@app.command()
def start() -> None:
    """Sync invented districts, one for each kind of source, for three nights, and send grades; leave it running."""
    began = time.monotonic()
    if _end(HOME):
        console.print("The running demo is stopped; a new demo begins.")
    try:
        airflow, served = _start(HOME)
        results, exports = _sync(airflow, served)
    except DemoError as error:
        _fail(error)
    except BaseException:  # an interrupt, too: nothing half begun stays behind
        _end(HOME)
        raise
    console.print(table.nights(results))
    grades.tell(console, exports)
    table.where_to_look(console, airflow, HOME / "environment")
    problems = [one.problem for one in results if one.problem]
    for problem in problems:
        console.print(problem, style="red", markup=False, soft_wrap=True)
    if problems:
        raise typer.Exit(1)
    console.print(f"{len(results)} nights in {time.monotonic() - began:.0f} s, all as expected.")


@app.command()
def stop() -> None:
    """End Airflow and PostgreSQL; what they wrote stays in .rollbook/demo until the next start."""
    console.print("The demo is stopped." if _end(HOME) else "No demo was running.")


def _start(home: Path) -> tuple[Airflow, Sandbox]:
    """Everything anew: PostgreSQL, the migrated warehouse, the districts' files, the vendors, Airflow."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True, mode=0o700)
    console.print(f"Starting PostgreSQL, the warehouse, {len(world.DEMOS)} districts and their vendors ...")
    server = warehouse.start(home / "postgresql")
    environment = {
        "ROLLBOOK_HOME": str(home),
        "ROLLBOOK_CONFIG": str(home / "config"),
        "ROLLBOOK_WAREHOUSE_URL": server.warehouse_url,
    }
    served = vendors.start(home / "vendors", world.served(), world.SERVED_STUDENTS)
    environment |= vendors.connections(served, world.served())
    grades.prepare(served, world.SERVED_STUDENTS)
    os.environ.update(environment)
    migrate()
    world.settle(home)
    console.print("Starting Airflow: API server, scheduler, DAG processor, triggerer ...")
    airflow = services.start(home / "airflow", server.metadata_url, environment)
    lines = [f"export {name}={shlex.quote(value)}" for name, value in environment.items()]
    lines += [f"export PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH"]
    (home / "environment").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return airflow, served


def _sync(airflow: Airflow, served: Sandbox) -> tuple[list[nights.Told], tuple[int, ...]]:
    today = min(datetime.now(zone).date() for zone in world.zones())
    console.print(f"Airflow runs at {airflow.url}; the nights begin.")
    results = []
    try:
        session = rest.sign_in(airflow)
        for one in nights.sync(airflow, session, world.deliver(HOME, today), served):
            results.append(one)
            console.print(f"  {one.night.label}, {one.demo.name}: {one.status} in {one.seconds:.0f} s")
            if one.error and not one.problem:
                console.print(f"    {one.error}", style="yellow", markup=False, soft_wrap=True)
                console.print("    This is expected: the vendor was not available, and the roster is unchanged.")
        console.print("Sending grades to Canvas ...")
        exports = grades.export(airflow, session)
    finally:
        dispose()
    return results, exports


def _fail(error: DemoError) -> NoReturn:
    """Say what went wrong and where to look; an Airflow that runs is left for that."""
    console.print(str(error), style="red", markup=False, soft_wrap=True)
    if processes.running(HOME / "airflow"):
        console.print(f"Airflow is still running. The login is in {HOME / 'airflow' / 'passwords.json'}.")
        console.print("Stop Airflow with `make stop`.")
    else:
        _end(HOME)
    console.print(f"Logs: {HOME / 'airflow' / 'logs'} and {HOME / 'postgresql' / 'log'}", soft_wrap=True)
    raise typer.Exit(1)


def _end(home: Path) -> bool:
    """End what runs in `home`: Airflow first, which needs the others to end well."""
    ended = processes.stop(home / "airflow") + processes.stop(home / "vendors")
    return warehouse.stop(home / "postgresql") or ended > 0


if __name__ == "__main__":
    app(prog_name="python -m sandbox.demo")
