"""The demo's PostgreSQL outlives its starter, and only its own server is stopped."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil

from pipelines.settings import PROJECT
from sandbox.demo import warehouse
from tests.warehouse import ask

START = """
import sys
from pathlib import Path
from sandbox.demo import warehouse
server = warehouse.start(Path(sys.argv[1]))
print(server.warehouse_url, server.metadata_url)
"""


def test_the_server_outlives_its_starter_and_is_stopped_by_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "postgresql"
    begun = subprocess.run(
        [sys.executable, "-c", START, str(folder)], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    try:
        databases = [ask(url, "select current_database()") for url in begun.stdout.split()]
        assert databases == [[("warehouse",)], [("airflow",)]]
    finally:
        stopped = warehouse.stop(folder)
    assert stopped
    assert not (folder / "postmaster.pid").exists()
    assert not warehouse.stop(folder)


def test_a_process_that_reuses_an_old_servers_number_is_not_stopped(tmp_path: Path) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        (tmp_path / "postmaster.pid").write_text(f"{stranger.pid}\n", encoding="utf-8")
        assert not warehouse.stop(tmp_path)
        assert psutil.pid_exists(stranger.pid)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_stop_without_a_server_reports_none(tmp_path: Path) -> None:
    assert not warehouse.stop(tmp_path / "nothing")
