"""A pull by Rollbook, as a night does it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from bench import DISTRICT
from pipelines.settings import SourceSettings
from pipelines.sources import configured, module_of
from pipelines.sources.contract import ExtractRequest
from pipelines.store import landing

AS_OF = date(2026, 9, 1)


def prepare(order: Mapping[str, Any]) -> None:
    """Import the source's module, and make the folder of the pull."""
    module_of(order["source"]["kind"])
    Path(order["folder"], "pull").mkdir()


def work(order: Mapping[str, Any]) -> dict[str, Any]:
    """Fetch, prove, land and understand."""
    source = configured(SourceSettings.model_validate(order["source"]))
    module, times = module_of(source.kind), [time.monotonic()]
    fetched = module.fetch(source, ExtractRequest(DISTRICT, AS_OF, Path(order["folder"], "pull")))
    module.prove_whole(fetched, source, None)
    times.append(time.monotonic())
    delivery = landing.identify(fetched.files)
    landing.land((DISTRICT, source.kind, AS_OF, 0), delivery, {})
    times.append(time.monotonic())
    tables, _ = module.understand(fetched.files, source)
    times.append(time.monotonic())
    names = ("fetch", "land", "understand")
    return {
        "requests": fetched.facts["requests"],
        "rows": sum(table.received for table in tables),
        "megabytes": sum(part.bytes for part in delivery.parts) / 1e6,
        "steps": {name: end - start for name, start, end in zip(names, times, times[1:], strict=False)},
    }
