"""The embedded server starts on demand, is closed to others, and stops with its last user."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from pipelines.errors import WarehouseUnavailable
from pipelines.store import embedded

_USER = """
import sys
from pathlib import Path
from pipelines.store import embedded
print(embedded.start(Path(sys.argv[1])), flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder outside pytest's own: the server's login has to enter the folder."""
    with tempfile.TemporaryDirectory(prefix="rollbook-embedded-") as named:
        yield Path(named) / "home" / "warehouse"


def use(folder: Path) -> subprocess.Popen[str]:
    """Start a process that uses the server until a line is written to it."""
    process = subprocess.Popen(
        [sys.executable, "-c", _USER, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("postgresql+psycopg://")
    return process


def server_of(folder: Path) -> psutil.Process:
    return psutil.Process(int((folder / "postmaster.pid").read_text(encoding="utf-8").split()[0]))


def test_the_server_stops_with_its_last_user_even_if_another_user_was_killed(folder: Path) -> None:
    first = use(folder)
    server = server_of(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not [one for one in server.net_connections() if one.family.name.startswith("AF_INET")]
    second = use(folder)
    assert server_of(folder) == server
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    third = use(folder)  # removes the killed process from the users
    for user in (second, third):
        assert server.is_running()
        user.communicate("\n", timeout=120)
    deadline = time.monotonic() + 60
    while server.is_running() and server.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert json.loads((folder / ".handle_pids.json").read_text(encoding="utf-8")) == []


def test_a_server_that_does_not_start_raises_warehouse_unavailable(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "PG_VERSION").write_text("9.6\n", encoding="utf-8")
    with pytest.raises(WarehouseUnavailable, match="did not start"):
        embedded.start(folder)
