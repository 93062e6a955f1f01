"""The source `canvas`: read the roster of one course, of several, or of all courses of an account (IC-03 to IC-09).

settings.py  which courses to read
parts.py     write and read the pages of a snapshot
pull.py      read the courses, and each course's sections, people and enrollments
tables.py    turn landed pages into tables
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


def fetch(source: Settings, request: ExtractRequest) -> ExtractResult:
    """Read the rosters into `request.to`, a line for each page.

    Raises SourceUnavailable, SourceIncomplete, CredentialsRefused.
    """
    with open_api(source.connection, source.retry_policy) as api:
        pulled = read_all(api, source, request.to)
        usage = api.usage()
    log.info("canvas: %d requests in %.1f s", usage["requests"], usage["seconds"])
    return ExtractResult(pulled.files, {"records": pulled.records, "asked": asked(source), **usage})


def has_past_dates(_source: Settings) -> bool:
    """Return False: the API returns the present roster only, so the source can't deliver a past date."""
    return False


def prove_whole(fetched: ExtractResult, source: Settings, last: Bookmark | None) -> dict[str, Any]:
    """Raise SourceIncomplete for a pull without courses or enrollments, and for one that lost too many records.

    The limit is `shrink_percent`, for each collection. The pull is compared with the last one only if both asked for
    the same courses.
    """
    records: Mapping[str, int] = fetched.facts["records"]
    if not (records["courses"] and records["enrollments"]):
        raise SourceIncomplete(
            f"canvas: the pull has {records['courses']} courses and "
            f"{records['enrollments']} enrollments; nobody was archived",
            owner="Canvas administrator",
            fix="check what the token's owner may read",
        )
    alike = last is not None and last.facts.get("asked") == fetched.facts["asked"]
    before: Mapping[str, int] = last.facts["records"] if last and alike else {}
    least = 1 - source.completeness.shrink_percent / 100
    lost = [name for name, count in records.items() if count < before.get(name, 0) * least]
    if lost:
        raise SourceIncomplete(
            f"canvas: the pull has far fewer {', '.join(lost)} than the last run; nobody was archived",
            owner="Canvas administrator",
            fix="check what the token's owner may read; if fewer are intended, raise shrink_percent for one night",
        )
    return {}


def understand(files: Mapping[str, Path], source: Settings) -> tuple[list[Table], Layout]:
    """Return a snapshot's parts as tables, with the layout that interprets them."""
    return read_tables(files), layout_of(source)


def layout_of(source: Settings) -> FileLayout:
    """Return the relational layout, narrowed if the pull reads only some courses.

    If a person is missing from a course that was read, the person has left that course. The pull asserts nothing about
    other courses. A person may sit in a course that was not read, so only a pull of all courses archives people.
    """
    whole = named_layout("oneroster")
    if source.courses == "all" and source.course is None:
        return replace(whole, name=KIND)
    covers = {covered for covered in whole.covers if not covered.startswith("users:")} | {"within courses"}
    return replace(whole, name=f"{KIND}:{source.course or 'courses'}", covers=frozenset(covers))
