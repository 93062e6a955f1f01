"""The processes that the demo leaves running: noted in a folder, found again, ended, and none but those."""

from __future__ import annotations

import json
from pathlib import Path

import psutil

STOP_SECONDS = 20
_NOTE = "processes.json"


def remember(home: Path, processes: dict[str, psutil.Popen]) -> None:
    """Note them in `home` by pid and birth: a pid alone may be a stranger's by the time we stop it."""
    facts = {name: [process.pid, process.create_time()] for name, process in processes.items()}
    (home / _NOTE).write_text(json.dumps(facts), encoding="utf-8")


def running(home: Path) -> list[psutil.Process]:
    """Those started in `home` that are still there."""
    try:
        facts = json.loads((home / _NOTE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    found = []
    for pid, born in facts.values():
        try:
            process = psutil.Process(pid)
            if abs(process.create_time() - born) < 1:
                found.append(process)
        except psutil.NoSuchProcess:
            continue
    return found


def stop(home: Path) -> int:
    """End those that were started in `home`, and their children; return how many were still there."""
    found = running(home)
    # Noted before they end: a child that outlives its parent can't be told from a stranger's afterwards.
    children = [child for process in found for child in process.children(recursive=True)]
    for process in found:
        process.terminate()
    psutil.wait_procs(found, timeout=STOP_SECONDS)
    left_over = [process for process in found + children if process.is_running()]
    for process in left_over:
        process.kill()
    psutil.wait_procs(left_over, timeout=STOP_SECONDS)
    (home / _NOTE).unlink(missing_ok=True)
    return len(found)
