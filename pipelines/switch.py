"""Another source beside the roster, before anyone switches: who would be recognised, be new, or be gone. Counts only.

The delivery is fetched, judged, staged and resolved exactly as a night does it, so there is no second rule of who is
who; but in a transaction that is rolled back, and nothing is landed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection

from pipelines import plan, stage
from pipelines.claims import Layout, Validated
from pipelines.deliveries import Errand
from pipelines.entities import ALL
from pipelines.errors import SettingsInvalid
from pipelines.known import known
from pipelines.runs import Counts, Run
from pipelines.settings import District, Limits, NightRequest, SourceSettings
from pipelines.sources import configured, module_of
from pipelines.store.engine import transaction
from pipelines.store.statements import rows, run
from pipelines.validate import validate

_SOURCE_N = 0


@dataclass(frozen=True)
class Compared:
    """One entity, people and enrollments by role. `active` are the synced ones of the roster.

    Those delivered are known `by_link`, `by_id` or `by_email`, `reactivated` from the archive, or `new`. Active ones
    that are not delivered would be `vanishing`, or are `staying` where this kind of delivery says nothing by silence.
    `ok`: no more would vanish than a night may archive.
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
    """What a switch of a district's source would mean."""

    source: str
    layout: str
    counts: Counts
    compared: tuple[Compared, ...]


def compare(district: District, kind: str, as_of: date) -> Switch:
    """Compare a fresh delivery of another source with the roster.

    Raises what a night's extract and validate would, and SettingsInvalid where the settings don't say which source.
    """
    source = configured(_candidate(district, kind))
    module = module_of(source.kind)
    with TemporaryDirectory(prefix="rollbook-") as temporary:
        fetched = module.fetch(source, Errand(district.district_id, as_of, Path(temporary)))
        module.prove_whole(fetched, source, None)
        tables, layout = module.understand(fetched.files, source)
    judged = validate(tables, layout, district, None, known(district.district_id, source.kind))
    with transaction() as connection:
        found = _resolve(connection, _nobodys(connection, district, as_of), source.kind, (layout, judged), district)
        connection.rollback()
    ordered = sorted(found, key=lambda row: (ALL.index(row["entity"]), row["role"] or ""))
    compared = tuple(_compared(row, layout, district.limits) for row in ordered)
    return Switch(source.kind, layout.name, judged.counts, compared)


def _candidate(district: District, kind: str) -> SourceSettings:
    """The one source of this kind among the candidates, else among the sources."""
    for listed in (district.candidates, district.sources):
        found = [source for source in listed if source.kind == kind]
        if len(found) > 1:
            raise SettingsInvalid(f"the settings have {len(found)} sources {kind!r}", fix="leave one in candidates:")
        if found:
            return found[0]
    raise SettingsInvalid(f"the settings have no source {kind!r}", fix="write it under candidates:")


def _nobodys(connection: Connection, district: District, as_of: date) -> Run:
    """A run that is not recorded: only its number is needed, to name the staging tables."""
    number = run(connection, "switch.nobodys_run").scalar_one()
    request = NightRequest(district_id=district.district_id, as_of=as_of, plan_only=True)
    return Run(number, district.district_id, as_of, "running", None, None, request, None, {}, {})


def _resolve(
    connection: Connection, night: Run, kind: str, delivery: tuple[Layout, Validated], district: District
) -> list[dict[str, Any]]:
    layout, judged = delivery
    schools = None if district.schools == "all" else district.schools
    stage.fill(connection, night, _SOURCE_N, judged.accepted, judged.present)
    plan.resolve(connection, night, plan.Delivered(_SOURCE_N, kind, layout.covers, schools))
    key = {"district_id": district.district_id}
    return [
        *rows(connection, "switch.things", **key),
        *rows(connection, "switch.people", **key, source=kind),
        *rows(connection, "switch.seats", **key),
    ]


def _compared(row: Mapping[str, Any], layout: Layout, limits: Limits) -> Compared:
    told = {name: count for name, count in row.items() if name != "absent"}
    covered = row["entity"] if row["role"] is None else f"{row['entity']}:{row['role']}"
    vanishing = row["absent"] if covered in layout.covers else 0
    allowed = max(limits.archive_rows, row["active"] * limits.archive_percent / 100)
    return Compared(**told, vanishing=vanishing, staying=row["absent"] - vanishing, ok=vanishing <= allowed)
