"""One cell of the table, in a process of its own: one contender, one night. Prints what it cost as one JSON object."""

from __future__ import annotations

import json
import sys
import time
from datetime import date
from importlib import import_module
from pathlib import Path

from bench.meter import TimedImport, peak_megabytes


def main(contender: str, url: str, night: str, path: str, spawned: str) -> None:
    """Measure the work from the end of the imports on; Great Expectations, imported within the night, apart."""
    expectations = TimedImport("great_expectations")
    module = import_module(f"bench.contenders.{contender}")
    module.prepare(url)
    wall, cpu = time.monotonic(), time.process_time()
    steps = module.sync(url, date.fromisoformat(night), Path(path))
    told = {
        "wall": time.monotonic() - wall - expectations.wall,
        "client_cpu": time.process_time() - cpu - expectations.cpu,
        "start": wall - float(spawned),
        "gx_import": expectations.wall,
        "peak_mb": peak_megabytes(),
        "steps": steps,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
