"""One export of grades, in a process of its own. Prints what it cost and counted as one JSON object."""

from __future__ import annotations

import json
import sys
import time
from datetime import date
from typing import Any

from bench.meter import peak_megabytes

DISTRICT = "springfield"


def main(as_of: str) -> dict[str, Any]:
    """Export the district's grades as of a date; seconds of collect and of the rest, memory, counts."""
    from pipelines import gradebook, runs
    from pipelines.runs.request import NightRequest

    run_id = gradebook.start(NightRequest(district_id=DISTRICT, as_of=date.fromisoformat(as_of)))
    began, cpu = time.monotonic(), time.process_time()
    gradebook.perform("collect", run_id)
    collected = time.monotonic()
    gradebook.export(run_id)
    spent = {"collect": collected - began, "export": time.monotonic() - collected, "cpu": time.process_time() - cpu}
    night = runs.load(run_id)
    return {**spent, "peak_mb": peak_megabytes(), "status": night.status, "counts": night.counts}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
