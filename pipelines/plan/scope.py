"""The scope of each source of a run: its schools, and what may be archived if it is absent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from pipelines.extract.run_sources import sources
from pipelines.runs import Run, see_base
from pipelines.settings import District
from pipelines.sources import module_of
from pipelines.store.statements import execute


@dataclass(frozen=True)
class SourceScope:
    """The scope of one source of the run."""

    source_n: int
    source: str
    covers: frozenset[str]  # what may be archived if absent, such as 'users:student'; 'within courses': only there
    schools: tuple[str, ...] | None = None  # the school ids in scope; None: all of the source's
    retired: tuple[str, ...] = ()  # retired sources, whose rows this source takes over


def source_scopes(connection: Connection, run: Run, district: District) -> list[SourceScope]:
    """Return the scope of each source of the run, with the retired sources that it takes over."""
    wanted = run.scope.schools
    named = None if district.schools == "all" else district.schools
    schools = named if wanted is None else wanted if named is None else tuple(sorted({*wanted} & {*named}))
    taken_over = retired(connection, run, [source.kind for source in district.sources])
    return [
        SourceScope(source_n, source.kind, module_of(source.kind).layout_of(source).covers, schools, taken_over)
        for source_n, source in sources(run, district)
    ]


def retired(connection: Connection, run: Run, kinds: Sequence[str]) -> tuple[str, ...]:
    """Return the sources that active schools of the roster come from and that the settings no longer name."""
    see_base(connection, run)
    found = execute(connection, "plan/scope.retired", district_id=run.district_id, kinds=list(kinds))
    return tuple(found.scalars())
