"""Which sources a run reads, and where their deliveries are in the landing zone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pipelines import runs
from pipelines.errors import SettingsInvalid, SourceIncomplete
from pipelines.runs import Run
from pipelines.settings import District
from pipelines.sources import configured


def sources(run: Run, district: District) -> Iterator[tuple[int, Any]]:
    """Yield the sources in the run's scope, each with its position in the settings.

    Each source is an instance of its module's `Settings`. A path that a person gave replaces the first source's path.
    A source that cannot be asked for one course has no key for it. Raises SettingsInvalid if no source is in scope.
    """
    wanted = run.scope.source
    chosen = [(n, source) for n, source in enumerate(district.sources) if wanted in (None, source.kind)]
    if not chosen:
        raise SettingsInvalid(f"the district has no source {wanted!r}", fix="name a source of the settings")
    for position, (source_n, source) in enumerate(chosen):
        by_hand = {"path": run.path if position == 0 else None, "course": run.scope.course}
        yield source_n, configured(source.model_copy(update={name: value for name, value in by_hand.items() if value}))


def kinds(run: Run, district: District) -> Mapping[int, str]:
    """Return the kind of each source of the run, by its number."""
    return {source_n: source.kind for source_n, source in sources(run, district)}


def landed(run: Run, source_n: int) -> str:
    """Return the landing zone URL of a source's delivery. Raises SourceIncomplete if it is gone."""
    for row in runs.imports(run):
        if row["source_n"] == source_n and row["landing"]:
            return str(row["landing"])
    raise SourceIncomplete("the landed snapshot is gone", fix="run extract again")
