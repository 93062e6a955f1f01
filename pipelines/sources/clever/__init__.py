"""The source `clever`: read a district's roster from Clever's Data API, v3.0 or v3.1.

settings.py  which roster to read, and how
access.py    find tokens and hosts, check the district's state
probe.py     answer the Test button
pages.py     read lists: rows wrapped twice, links by their rel
pull.py      read everything, several collections at a time
events.py    read only what has changed since the last applied run
records.py   turn a record into rows of the relational layout
tables.py    turn landed pages into tables
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipelines.errors import SourceIncomplete
from pipelines.http.client import Client
from pipelines.sources.assertions import Layout
from pipelines.sources.clever import events
from pipelines.sources.clever.access import open_api, read_state
from pipelines.sources.clever.probe import probe
from pipelines.sources.clever.pull import CleverPull, read_all, shrunk
from pipelines.sources.clever.settings import KIND, Settings
from pipelines.sources.clever.tables import read_tables
from pipelines.sources.contract import Bookmark, ExtractRequest, ExtractResult
from pipelines.sources.layouts import FileLayout
from pipelines.sources.layouts import layout as named_layout
from pipelines.sources.tables import Table

__all__ = ["KIND", "Settings", "fetch", "layout_of", "probe", "prove_whole", "understand"]

log = logging.getLogger(__name__)


def fetch(source: Settings, request: ExtractRequest) -> ExtractResult:
    """Read the district's roster, a part for each page as received; with `events: true` read only what has changed.

    A fetch by events also returns a complete set: the last applied run's pages with the events applied, and the events.
    If a fetch by events is not possible, everything is read.
    Raises SourceUnavailable, SourceIncomplete, CredentialsRefused.
    """
    now = datetime.now(UTC)
    with open_api(source) as api:
        district = read_state(api, source)
        fetched = _by_events(api, source, request, now) or _in_full(api, source, request.to, now)
        warnings = {"warnings": district.pop("warnings")} if "warnings" in district else {}
        facts = {"district": district, **warnings, "pulled_at": now.isoformat(timespec="seconds"), **api.usage()}
    log.info("clever: %d requests in %.1f s", facts["requests"], facts["seconds"])
    return replace(fetched, facts={**fetched.facts, **facts})


def has_past_dates(_source: Settings) -> bool:
    """Return False: the API returns the present roster only, so the source can't deliver a past date."""
    return False


def prove_whole(fetched: ExtractResult, source: Settings, last: Bookmark | None) -> dict[str, Any]:
    """Raise SourceIncomplete for a pull without schools or people, and for one that lost too many records.

    The limit is `shrink_percent` since the last applied run, for each collection (see `shrunk`). Clever holds back a
    district's own mass deletions. It does not hold back those that follow from a change in what is shared with us.
    """
    records: Mapping[str, int] = fetched.facts["records"]
    users = records["users-student"] + records["users-teacher"] + records["users-staff"]
    if not records["schools"] or not users:
        raise SourceIncomplete(
            f"clever: the pull has {records['schools']} schools and {users} users; nobody was archived",
            owner="district administrator",
            fix="check what the district shares with the app at Clever",
        )
    lost = shrunk(records, (last.facts.get("records") or {}) if last else {}, source.completeness.shrink_percent)
    if lost:
        raise SourceIncomplete(
            f"clever: the pull has far fewer {', '.join(lost)} than the last run; nobody was archived",
            owner="district administrator",
            fix="check what the district shares; if fewer are intended, raise shrink_percent for one night",
        )
    return {"pages": len(fetched.files)}


def understand(files: Mapping[str, Path], source: Settings) -> tuple[list[Table], Layout]:
    """Return a snapshot's parts as tables, with the layout that interprets them."""
    return read_tables(files), layout_of(source)


def layout_of(_source: Settings) -> FileLayout:
    """Return the relational layout, into which Clever's records are read."""
    return replace(named_layout("oneroster"), name=KIND)


def _in_full(api: Client, source: Settings, to: Path, now: datetime) -> ExtractResult:
    following: dict[str, Any] = {}
    if source.events:
        following = {"cursor": events.take_cursor(api), "feed": events.identify(source)}
    pulled = read_all(api, source, to)
    read_at = {"full_read_at": now.isoformat(timespec="seconds")}
    return ExtractResult(pulled.files, {"records": pulled.records, "by": "full read", **following, **read_at})


def _by_events(api: Client, source: Settings, request: ExtractRequest, now: datetime) -> ExtractResult | None:
    """Fetch by events; return None if everything has to be read."""
    last = request.last
    if not source.events or last is None or last.files is None or not events.is_usable(last, source, now):
        return None
    changes = events.read_changes(api, last.facts["cursor"], request.to)
    if changes is None or changes.unclear:
        return None
    kept = {name: last.facts[name] for name in ("feed", "full_read_at")}
    facts = kept | {"by": "events", "events": changes.events, "cursor": changes.cursor}
    if not changes.records:
        pulled = CleverPull({}, last.facts["records"])
        unchanged = ExtractResult({}, facts | {"records": pulled.records}, unchanged=True)
        return unchanged if events.matches(api, source, pulled) else None
    try:
        with last.files() as files:
            pulled = events.apply(files, changes, source, request.to)
    except SourceIncomplete:
        return None  # the last applied run's snapshot is no longer complete
    if not events.matches(api, source, pulled):
        return None
    return ExtractResult(pulled.files | changes.files, facts | {"records": pulled.records})
