"""The source `canvas`: the roster of one course, of several, or of all courses of an account (IC-03 to IC-09).

settings.py  whose courses
parts.py     pages in a snapshot
pull.py      courses, and of each its sections, people and enrollments
tables.py    landed pages as tables
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipelines.canvas.access import open_api, probe
from pipelines.errors import SourceIncomplete
from pipelines.sources.assertions import Layout
from pipelines.sources.canvas.pull import asked, read_all
from pipelines.sources.canvas.settings import KIND, Settings
from pipelines.sources.canvas.tables import read_tables
from pipelines.sources.contract import Bookmark, ExtractRequest, ExtractResult
from pipelines.sources.layouts import FileLayout
from pipelines.sources.layouts import layout as named_layout
from pipelines.sources.tables import Table

__all__ = ["KIND", "Settings", "fetch", "layout_of", "probe", "prove_whole", "understand"]

log = logging.getLogger(__name__)


def fetch(source: Settings, errand: ExtractRequest) -> ExtractResult:
    """Read the rosters, each page as received. Raises SourceUnavailable, SourceIncomplete, CredentialsRefused."""
    with open_api(source.connection, source.retry_policy) as api:
        pulled = read_all(api, source, errand.to)
        told = api.told()
    log.info("canvas: %d requests in %.1f s", told["requests"], told["seconds"])
    return ExtractResult(pulled.files, {"records": pulled.records, "asked": asked(source), **told})


def tells_the_past(_source: Settings) -> bool:
    """Whether it can be asked for a night of long ago: the API tells the present."""
    return False


def prove_whole(fetched: ExtractResult, source: Settings, last: Bookmark | None) -> dict[str, Any]:
    """Refuse a pull without people, and one that lost most of its records since the last night of the same courses."""
    records: Mapping[str, int] = fetched.facts["records"]
    if not (records["courses"] and records["enrollments"]):
        raise SourceIncomplete(
            f"canvas: {records['courses']} courses and {records['enrollments']} enrollments; nobody was archived",
            owner="Canvas administrator",
            fix="see what the token's owner may read",
        )
    alike = last is not None and last.facts.get("asked") == fetched.facts["asked"]
    before: Mapping[str, int] = last.facts["records"] if last and alike else {}
    least = 1 - source.completeness.shrink_percent / 100
    lost = [name for name, count in records.items() if count < before.get(name, 0) * least]
    if lost:
        raise SourceIncomplete(
            f"canvas: far fewer {', '.join(lost)} than on the last night; nobody was archived",
            owner="Canvas administrator",
            fix="see what the token's owner may read; if it is meant, raise shrink_percent for one night",
        )
    return {}


def understand(files: Mapping[str, Path], source: Settings) -> tuple[list[Table], Layout]:
    """Read a snapshot's parts into tables, with the layout by which to understand them."""
    return read_tables(files), layout_of(source)


def layout_of(source: Settings) -> FileLayout:
    """The relational layout. Who reads some courses says by silence who left these, and nothing of the others.

    A person may sit in a course that was not read, so people are archived by a pull of all courses only.
    """
    whole = named_layout("oneroster")
    if source.courses == "all" and source.course is None:
        return replace(whole, name=KIND)
    covers = {covered for covered in whole.covers if not covered.startswith("users:")} | {"within courses"}
    return replace(whole, name=f"{KIND}:{source.course or 'courses'}", covers=frozenset(covers))
