"""One pull, in a process of its own: by Rollbook, or the same requests by a plain client. Prints one JSON object."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import requests

from bench.meter import peak_megabytes

AS_OF = date(2026, 9, 1)
DISTRICT = "springfield"


def main(order: Mapping[str, Any]) -> dict[str, Any]:
    """Pull as ordered; tell seconds, processor seconds, memory, rows and requests."""
    pull = _plain if order["contender"] == "plain" else _rollbook
    pull(order, dry=True)  # what is imported first is not the pull's
    wall, cpu = time.monotonic(), time.process_time()
    told = pull(order, dry=False)
    spent = {"wall": time.monotonic() - wall, "cpu": time.process_time() - cpu, "peak_mb": peak_megabytes()}
    return spent | told


def _plain(order: Mapping[str, Any], *, dry: bool) -> dict[str, Any]:
    """Ask for the same pages, one after the other, and throw them away."""
    if dry:
        return {}
    size = 0
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {order['token']}"
        for path in order["paths"]:
            answer = session.get(order["host"] + path, timeout=300)
            answer.raise_for_status()
            size += len(answer.content)
    return {"requests": len(order["paths"]), "megabytes": size / 1e6}


def _rollbook(order: Mapping[str, Any], *, dry: bool) -> dict[str, Any]:
    """Fetch, prove, land and understand, as a night does."""
    from pipelines.settings import SourceSettings
    from pipelines.sources import configured, module_of
    from pipelines.sources.contract import ExtractRequest
    from pipelines.store import landing

    source = configured(SourceSettings.model_validate(order["source"]))
    module, to = module_of(source.kind), Path(order["folder"]) / "pull"
    if dry:
        return {}
    to.mkdir()
    steps: dict[str, float] = {}

    def timed(name: str, began: float) -> float:
        steps[name] = time.monotonic() - began
        return time.monotonic()

    began = time.monotonic()
    fetched = module.fetch(source, ExtractRequest(DISTRICT, AS_OF, to))
    module.prove_whole(fetched, source, None)
    began = timed("fetch", began)
    delivery = landing.identify(fetched.files)
    landing.land((DISTRICT, source.kind, AS_OF, 0), delivery, {})
    began = timed("land", began)
    tables, _ = module.understand(fetched.files, source)
    timed("understand", began)
    rows = sum(table.received for table in tables)
    megabytes = sum(part.bytes for part in delivery.parts) / 1e6
    return {"requests": fetched.facts["requests"], "rows": rows, "megabytes": megabytes, "steps": steps}


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.stdin.read()))))
