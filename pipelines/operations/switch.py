"""Compare another source with the roster before the district switches: who would be recognised, new or gone.

The result is counts only. The delivery is fetched, validated, staged, planned and compared with the limits as in a
night, as if it were the district's only source. So there is no second rule for recognising people. All of it happens in
a transaction that is rolled back, and nothing is landed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection

from pipelines.errors import SettingsInvalid
from pipelines.plan import changes
from pipelines.plan.scope import SourceScope, retired
from pipelines.review.limits import exceeded
from pipelines.runs import Counts, Run, unrecorded
from pipelines.runs.request import NightRequest
from pipelines.settings import District, SourceSettings
from pipelines.sources import configured, module_of
from pipelines.sources.contract import ExtractRequest
from pipelines.stage import staging
from pipelines.store.engine import transaction
from pipelines.store.statements import execute, rows
from pipelines.validate.delivery import validate_delivery
from pipelines.validate.reference_data import read_reference_data
from pipelines.validate.result import Validated
from schemas.entities import ALL

_SOURCE_N = 0


@dataclass(frozen=True)
class Compared:
    """The counts of one entity; people and enrollments are counted by role.

    `active` are the roster's active synced rows. Delivered rows are recognised `by_link`, `by_id` or `by_email`,
    `reactivated` from the archive, or `new`. Active rows that are not delivered are `vanishing`, or `staying` if a
    night would not archive them.

    `ok` is true if no more rows of the entity would vanish anywhere than the limits let a night archive.
    """

    entity: str
    role: str | None
    active: int
    by_link: int
    by_id: int
    by_email: int
    reactivated: int
    new: int
    vanishing: int
    staying: int
    ok: bool


@dataclass(frozen=True)
class Switch:
    """The effect of switching a district's source."""

    source: str
    layout: str
    counts: Counts
    compared: tuple[Compared, ...]


def compare(district: District, kind: str, as_of: date) -> Switch:
    """Compare a fresh delivery of another source with the roster.

    Raises what a night's extract and validate raise, and SettingsInvalid if the settings don't name exactly one such
    source.
    """
    source = configured(_candidate(district, kind))
    module = module_of(source.kind)
    with TemporaryDirectory(prefix="rollbook-") as temporary:
        fetched = module.fetch(source, ExtractRequest(district.district_id, as_of, Path(temporary)))
        module.prove_whole(fetched, source, None)
        tables, layout = module.understand(fetched.files, source)
    schools = None if district.schools == "all" else district.schools
    with transaction() as connection:
        run = _unrecorded_run(connection, district, as_of)
        judged = validate_delivery(tables, layout, district, None, read_reference_data(connection, run, source.kind))
        taken_over = retired(connection, run, [source.kind])
        delivered = SourceScope(_SOURCE_N, source.kind, layout.covers, schools, taken_over)
        compared = _compare(connection, run, delivered, judged, district)
        connection.rollback()
    return Switch(source.kind, layout.name, judged.counts, compared)


def _candidate(district: District, kind: str) -> SourceSettings:
    """Return the only source of this kind among the candidates, else among the sources."""
    for listed in (district.candidates, district.sources):
        found = [source for source in listed if source.kind == kind]
        if len(found) > 1:
            raise SettingsInvalid(
                f"the settings have {len(found)} sources {kind!r}", fix="keep only one in candidates:"
            )
        if found:
            return found[0]
    raise SettingsInvalid(f"the settings have no source {kind!r}", fix="add the source under candidates:")


def _unrecorded_run(connection: Connection, district: District, as_of: date) -> Run:
    """Return a run that is not recorded. Only its number is needed, to name the staging tables."""
    number = execute(connection, "operations/switch.nobodys_run").scalar_one()
    request = NightRequest(district_id=district.district_id, as_of=as_of, plan_only=True)
    return unrecorded(request, number)


def _compare(
    connection: Connection, run: Run, delivered: SourceScope, judged: Validated, district: District
) -> tuple[Compared, ...]:
    staging.fill(connection, run, _SOURCE_N, judged.accepted, judged.present)
    changes.plan_source(connection, run, delivered)
    beyond = {part["entity"] for part in exceeded(connection, run, district.limits, None) if _is_loss(part)}
    found = [
        *rows(connection, "operations/switch.things", **run.key),
        *rows(connection, "operations/switch.people", **run.key, source=delivered.source),
        *rows(connection, "operations/switch.seats", **run.key),
    ]
    found.sort(key=lambda row: (ALL.index(row["entity"]), row["role"] or ""))
    return tuple(Compared(**row, ok=row["entity"] not in beyond or not row["vanishing"]) for row in found)


def _is_loss(part: Mapping[str, Any]) -> bool:
    return bool(part["action"] == "archive")
