"""A district checked before its night, so that what is missing is found by day (CT-07)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from pipelines import runs
from pipelines.canvas.access import probe
from pipelines.connections import resolve
from pipelines.deliveries import Errand
from pipelines.errors import ContractBroken, RollbookError, SourceUnavailable
from pipelines.settings import Canvas, District, SourceSettings
from pipelines.sources import configured, module_of
from pipelines.store.migrate import pending

STALE = timedelta(days=3)  # a weekend without an export is usual


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    ok: bool
    told: str


def check(district: District, as_of: date) -> list[Check]:
    """Look at everything, whatever fails on the way."""
    found = [
        Check("settings", True, f"{len(district.sources)} sources, schools: {_list(district.schools)}"),
        Check("enabled", True, "yes" if district.enabled else "no: the schedule does nothing yet"),
        _tried("warehouse", _warehouse),
    ]
    for source in district.sources:
        found.append(_tried(f"settings of {source.kind}", partial(_layout, source)))
        found.append(_tried(f"source {source.kind}", partial(_source, district, source, as_of)))
    if district.canvas:
        found.append(_tried("canvas", partial(_canvas, district.canvas)))
    if found[2].ok:
        found.append(_tried("freshness", lambda: _freshness(district, as_of)))
    return found


def _tried(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, True, look())
    except RollbookError as error:
        return Check(name, False, str(error))


def _warehouse() -> str:
    waiting = pending()
    if waiting:
        raise ContractBroken(f"{len(waiting)} migrations are not applied", fix="run: rollbook migrate")
    return "answers, migrations are applied"


def _layout(source: SourceSettings) -> str:
    layout = module_of(source.kind).layout_of(configured(source))
    return f"{layout.name}; may archive {', '.join(sorted(layout.covers))}"


def _source(district: District, source: SourceSettings, as_of: date) -> str:
    module, chosen = module_of(source.kind), configured(source)
    with TemporaryDirectory(prefix="rollbook-") as temporary:
        fetched = module.fetch(chosen, Errand(district.district_id, as_of, Path(temporary)))
        module.prove_whole(fetched, chosen, None)
        tables, _ = module.understand(fetched.files, chosen)
    return f"{len(tables)} files, {sum(table.received for table in tables):,} rows for {as_of}"


def _canvas(canvas: Canvas) -> str:
    return f"{probe(resolve(canvas.connection))}; grades go there by {_by(canvas.course_map)}"


def _by(course_map: str | dict[str, str]) -> str:
    return course_map if isinstance(course_map, str) else f"a map of {len(course_map)} classes"


def _freshness(district: District, as_of: date) -> str:
    newest = runs.newest_night(district.district_id)
    if newest is None:
        return "no night was synced yet"
    told = f"the roster describes {newest}, {(as_of - newest).days} days before {as_of}"
    if district.enabled and as_of - newest > STALE:
        raise SourceUnavailable(f"an expected import is missing: {told}", owner=district.owner, fix="check the export")
    return told


def _list(schools: object) -> str:
    return schools if isinstance(schools, str) else f"{len(tuple(schools))} named"  # type: ignore[arg-type]
