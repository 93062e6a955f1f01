"""What a piece of work costs: the clock, processor seconds of this process and of the server, memory at its highest."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

_TICKS = os.sysconf("SC_CLK_TCK")


def peak_megabytes() -> float:
    """The most memory this process ever had. Not `ru_maxrss`, which remembers the parent's through fork and exec."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def server_seconds(postmaster: int) -> float:
    """Processor seconds that a PostgreSQL server has used so far: those alive, and those it has outlived."""
    used = sum(_times(postmaster))
    for child in Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text(encoding="ascii").split():
        try:
            used += sum(_times(int(child))[:2])
        except (FileNotFoundError, ProcessLookupError):  # it ended before its file was opened, or before it was read
            continue
    return used


def _times(pid: int) -> list[float]:
    """User and system seconds, its own and those of its ended children."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return [int(ticks) / _TICKS for ticks in fields[11:15]]


class TimedImport(importlib.abc.MetaPathFinder):
    """Tells how long the first import of a package took, wherever in the night it happens."""

    def __init__(self, package: str) -> None:
        self.package, self.wall, self.cpu = package, 0.0, 0.0
        sys.meta_path.insert(0, self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Find the package as usual, but with a loader that looks at the clock."""
        if fullname != self.package:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.loader is None:
            return None
        load = spec.loader.exec_module

        def timed(module: ModuleType) -> None:
            wall, cpu = time.monotonic(), time.process_time()
            load(module)
            self.wall, self.cpu = time.monotonic() - wall, time.process_time() - cpu

        spec.loader.exec_module = timed  # type: ignore[method-assign]  # a loader object is made per import
        return spec
