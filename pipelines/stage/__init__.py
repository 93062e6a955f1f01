"""stage: accepted rows are loaded into the run's staging tables, and expectations on the whole delivery are checked.

staging.py       the run's staging tables and the quarantine
expectations.py  what a district expects of a delivery and of the roster, as measures and limits
suites.py        the measures checked by Great Expectations
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection

from pipelines import runs
from pipelines.extract.run_sources import kinds, sources
from pipelines.runs import Counts, Run
from pipelines.settings import District
from pipelines.stage import expectations, staging
from pipelines.store import landing
from pipelines.validate import judge


def stage(run: Run, district: District) -> Counts:
    """Load the accepted rows of each source and check the expectations on its delivery.

    Returns `staged.<entity>`. Raises ExpectationFailed if a critical expectation fails: then nothing is planned.
    """
    for overtaken in runs.overtake(run):
        landing.forget_frames(run.district_id, overtaken)
    counts: Counts = {}
    for source_n in kinds(run, district):
        frames = dict(_frames(run, source_n))
        accepted, present = _starting_with("accepted.", frames), _starting_with("present.", frames)
        runs.add(counts, staging.load(run, source_n, accepted, present))
        staging.write_quarantine(run, source_n, frames["quarantine"])
        expectations.check_delivery(run, district, source_n, staging.totals(run, source_n))
    landing.forget_frames(run.district_id, run.run_id)
    return counts


def stage_again(connection: Connection, run: Run, district: District) -> None:
    """Stage a run's landed deliveries once more, in this transaction."""
    for source_n, source in sources(run, district):
        judged = judge(connection, run, district, source_n, source)
        staging.fill(connection, run, source_n, judged.accepted, judged.present)


def _frames(run: Run, source_n: int) -> Iterator[tuple[str, Any]]:
    for name in landing.frame_names(run.district_id, run.run_id, str(source_n)):
        yield name, landing.frame(run.district_id, run.run_id, str(source_n), name)


def _starting_with(prefix: str, frames: dict[str, Any]) -> dict[str, Any]:
    return {name.removeprefix(prefix): frame for name, frame in frames.items() if name.startswith(prefix)}
