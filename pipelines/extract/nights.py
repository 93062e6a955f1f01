"""What a night reads and speaks about: its sources, where their deliveries landed, what their silence may archive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection

from pipelines import plan, runs, stage
from pipelines.errors import SettingsInvalid, SourceIncomplete
from pipelines.runs import Run
from pipelines.settings import District, SourceSettings
from pipelines.sources import configured, module_of
from pipelines.sources.assertions import Validated
from pipelines.sources.contract import Delivered
from pipelines.store import landing
from pipelines.validate import validate
from pipelines.validate.reference_data import known_in


def sources(night: Run, district: District) -> Iterator[tuple[int, Any]]:
    """The sources in the run's scope, by their place in the settings; a path given by hand replaces the first's.

    Each is an instance of its module's `Settings`: one that can't be asked for one course has no key for it.
    """
    wanted = night.request.scope.source
    chosen = [(n, source) for n, source in enumerate(district.sources) if wanted in (None, source.kind)]
    if not chosen:
        raise SettingsInvalid(f"the district has no source {wanted!r}", fix="name one of the settings' sources")
    for place, (source_n, source) in enumerate(chosen):
        by_hand = {"path": night.request.path if place == 0 else None, "course": night.request.scope.course}
        yield source_n, configured(source.model_copy(update={name: told for name, told in by_hand.items() if told}))


def kinds(night: Run, district: District) -> Mapping[int, str]:
    """The kind of each source of the night, by its number."""
    return {source_n: source.kind for source_n, source in sources(night, district)}


def landed(night: Run, source_n: int) -> str:
    """Where a source's delivery stands in the landing zone. Raises SourceIncomplete when none was kept."""
    for one in runs.imports(night):
        if one["source_n"] == source_n and one["landing"]:
            return str(one["landing"])
    raise SourceIncomplete("the landed snapshot is gone", fix="run extract again")


def delivered(connection: Connection, night: Run, district: District) -> list[Delivered]:
    """What each source of the night speaks about: its scope, and the retired sources that it takes over."""
    wanted = night.request.scope.schools
    named = None if district.schools == "all" else district.schools
    schools = named if wanted is None else wanted if named is None else tuple(sorted({*wanted} & {*named}))
    retired = plan.retired(connection, night, [source.kind for source in district.sources])
    return [
        Delivered(source_n, source.kind, module_of(source.kind).layout_of(source).covers, schools, retired)
        for source_n, source in sources(night, district)
    ]


def judge(connection: Connection, night: Run, district: District, source_n: int, source: SourceSettings) -> Validated:
    """Read a landed delivery and split it, beside what the roster knows in this transaction."""
    with landing.unpack(landed(night, source_n)) as files:
        tables, layout = module_of(source.kind).understand(files, source)
    return validate(tables, layout, district, night.request.scope, known_in(connection, night, source.kind))


def stage_again(connection: Connection, night: Run, district: District) -> None:
    """Stage a night's landed deliveries once more, in this transaction."""
    for source_n, source in sources(night, district):
        judged = judge(connection, night, district, source_n, source)
        stage.fill(connection, night, source_n, judged.accepted, judged.present)
