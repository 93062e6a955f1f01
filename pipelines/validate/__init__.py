"""validate: each landed snapshot is read, and its lines are split into accepted and quarantined ones.

delivery.py        the whole judgement of one delivery, composed; it and all it calls are pure
reference_data.py  what the roster already has, for the judgement to compare with
result.py          what the judgement returns
"""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import Connection

from pipelines import runs
from pipelines.extract.pull import listing_refusals
from pipelines.extract.run_sources import landed, sources
from pipelines.runs import Counts, Run
from pipelines.settings import District, SourceSettings
from pipelines.sources import module_of
from pipelines.store import landing
from pipelines.store.engine import transaction
from pipelines.validate.delivery import validate_delivery
from pipelines.validate.reference_data import read_reference_data
from pipelines.validate.result import Validated


def validate(run: Run, district: District) -> Counts:
    """Read each snapshot and split its lines. Accepted and quarantined rows go to the landing zone, counts to the run.

    Returns `received`, `accepted`, `quarantined`, `out_of_scope`, `accepted.<entity>` and `found.<code>`.
    """
    counts: Counts = {}
    for source_n, source in sources(run, district):
        with listing_refusals(run, source_n, source), transaction() as connection:
            judged = judge(connection, run, district, source_n, source)
        frames = {f"accepted.{name}": frame for name, frame in judged.accepted.items()}
        frames |= {f"present.{name}": frame for name, frame in judged.present.items()} | {
            "quarantine": judged.quarantine
        }
        landing.store_frames(run.district_id, run.run_id, str(source_n), frames)
        findings = [asdict(finding) for finding in judged.findings]
        runs.record_findings(run, source_n, judged.counts, findings, judged.facts)
        runs.add(counts, judged.counts)
        runs.add(counts, {f"found.{finding.code}": finding.count for finding in judged.findings})
    return counts


def judge(connection: Connection, run: Run, district: District, source_n: int, source: SourceSettings) -> Validated:
    """Read a landed delivery and judge it against what the roster has in this transaction."""
    with landing.unpack(landed(run, source_n)) as files:
        tables, layout = module_of(source.kind).understand(files, source)
    return validate_delivery(tables, layout, district, run.scope, read_reference_data(connection, run, source.kind))
