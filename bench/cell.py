"""One piece of work, in a process of its own. Prints what it cost as one JSON object."""

from __future__ import annotations

import json
import sys
import time
from importlib import import_module

from bench.meter import TimedImport, peak_megabytes


def main(cell: str, order: str, spawned: str) -> None:
    """Measure the work from the end of the imports on; Great Expectations, imported within a night, apart."""
    expectations, given = TimedImport("great_expectations"), json.loads(order)
    module = import_module(f"bench.cells.{cell}")
    module.prepare(given)
    wall, cpu = time.monotonic(), time.process_time()
    told = module.work(given)
    cost = {
        "wall": time.monotonic() - wall - expectations.wall,
        "cpu": time.process_time() - cpu - expectations.cpu,
        "start": wall - float(spawned),
        "gx_import": expectations.wall,
        "peak_mb": peak_megabytes(),
    }
    print(json.dumps(cost | told))


if __name__ == "__main__":
    main(*sys.argv[1:])
