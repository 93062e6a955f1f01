"""The demo's one embedded PostgreSQL: the warehouse in one database, Airflow's metadata in another.

It outlives the command that started it, unlike the embedded warehouse of `rollbook`, so it must be stopped by hand.
"""

from __future__ import annotations

import signal
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
from psycopg import sql
from sqlalchemy import make_url

from pipelines.store.embedded import server_in
from sandbox.demo.services import DemoError

STOP_SECONDS = 30


@dataclass(frozen=True)
class Server:
    """The running server's two databases, as SQLAlchemy's URLs."""

    warehouse_url: str
    metadata_url: str


def start(folder: Path) -> Server:
    """Start a server whose data are in `folder`, with two empty databases."""
    folder.mkdir(parents=True, mode=0o700)
    server = server_in(folder, cleanup_mode=None)
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for name in ("warehouse", "airflow"):
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    named = [
        url.set(database=name).render_as_string(hide_password=False).replace("postgres:@", "postgres@")
        for name in ("warehouse", "airflow")
    ]
    return Server(*named)


def stop(folder: Path) -> bool:
    """Stop the server whose data are in `folder`, and only that; tell whether it was running."""
    server = _postmaster(folder)
    if server is None:
        return False
    server.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown: sessions end, data are written
    try:
        server.wait(STOP_SECONDS)
    except psutil.TimeoutExpired:
        raise DemoError(f"PostgreSQL (process {server.pid}) did not end; see {folder / 'log'}") from None
    return True


def _postmaster(folder: Path) -> psutil.Process | None:
    """The server's first process: its pid may be a stranger's by now, so its command line must name the folder."""
    try:
        pid = int((folder / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
        process = psutil.Process(pid)
        return process if str(folder) in process.cmdline() else None
    except (FileNotFoundError, psutil.NoSuchProcess):
        return None
