"""What all benchmarks do alike: work in fresh processes, a district's settings, and the way of figures to the page."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from bench import DISTRICT, document
from bench.machine import machine, revision, versions
from bench.meter import server_seconds
from bench.server import Server
from pipelines.settings import PROJECT

Write = Annotated[bool, typer.Option("--write", help="Keep the figures and write docs/performance.md.")]
_LAST_WORDS = 2000  # characters of what a failed process said


class CellFailedError(Exception):
    """A piece of work did not come to its end; the message has its last words."""


def run(cell: str, order: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """Do a piece of work in a fresh process; return what it cost and counted, and `process`, its seconds in all."""
    spawned = time.monotonic()
    command = [sys.executable, "-m", "bench.cell", cell, json.dumps(order), repr(spawned)]
    told: dict[str, Any] = json.loads(complete(command, environment).splitlines()[-1])
    return told | {"process": time.monotonic() - spawned}


def run_on(server: Server, database: str, cell: str, order: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Do a piece of work on a warehouse; `cpu` is the server's seconds, too."""
    here = {"ROLLBOOK_WAREHOUSE_URL": server.url(database), "ROLLBOOK_CONFIG": str(folder)}
    used = server_seconds(server.postmaster)
    told = run(cell, order, here | {"ROLLBOOK_HOME": str(folder / "home")})
    server.await_silence(database)
    told["cpu"] += server_seconds(server.postmaster) - used
    print(f"{cell} {database} {told['wall']:.2f} s", file=sys.stderr)
    return told


def complete(command: list[str], environment: Mapping[str, str], accepted: tuple[int, ...] = (0,)) -> str:
    """Run a command to its end, and return what it printed."""
    done = subprocess.run(command, cwd=PROJECT, env=around(environment), capture_output=True, text=True, check=False)
    if done.returncode not in accepted:
        raise CellFailedError(f"{' '.join(command[1:4])}: {(done.stdout + done.stderr)[-_LAST_WORDS:]}")
    return done.stdout


def around(environment: Mapping[str, str]) -> dict[str, str]:
    """A process's whole environment; `rollbook` is on its path."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, **environment, "PATH": path}


def configure(folder: Path, source: Mapping[str, Any], **facts: Any) -> None:
    """Write the district's settings into `folder`, where ROLLBOOK_CONFIG leads."""
    path = folder / "districts" / f"{DISTRICT}.yaml"
    path.parent.mkdir(parents=True)
    facts = {"district_id": DISTRICT, "name": DISTRICT, "sources": [source], **facts}
    path.write_text(json.dumps(facts), encoding="utf-8")  # JSON is YAML, too


def begin(module: str) -> dict[str, Any]:
    """What is to be said of every measurement: the command, when, on what, and of which code."""
    return {
        "command": " ".join([f"python -m {module}", *sys.argv[1:]]),
        "began": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "versions": versions(),
        "revision": revision(),
    }


def finish(kind: str, found: Mapping[str, Any], *, write: bool) -> None:
    """Print the tables for people and all figures as JSON; when asked, keep the summary and write the page."""
    console = Console()
    for line in document.tables(kind, found):
        console.print(line, soft_wrap=True, markup=False)
    print(json.dumps(found))
    if write:
        document.keep(kind, found)
        document.write()
