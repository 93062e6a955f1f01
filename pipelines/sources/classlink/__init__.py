"""The source `classlink`: a roster by OneRoster's REST service, 1.1 or 1.2, at ClassLink or any other host.

settings.py  where it is, and how one is let in
access.py    the way in: signing.py (OAuth 1.0a), proxy.py (ClassLink's bearer), tokens.py (OAuth 2)
probe.py     the Test button's question
pages.py     one page, and what its headers say of the whole
pull.py      every collection to its end, though rows may move meanwhile
records.py   what a record says, whatever its shape
tables.py    landed pages as tables
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipelines.errors import SourceIncomplete
from pipelines.http.client import Client
from pipelines.sources.assertions import Layout
from pipelines.sources.classlink.access import identify, open_service
from pipelines.sources.classlink.probe import probe
from pipelines.sources.classlink.pull import pull_all, read_revision
from pipelines.sources.classlink.settings import KIND, Settings
from pipelines.sources.classlink.tables import read_tables
from pipelines.sources.contract import Bookmark, ExtractRequest, ExtractResult
from pipelines.sources.layouts import FileLayout
from pipelines.sources.layouts import layout as named_layout
from pipelines.sources.oneroster_shapes import project
from pipelines.sources.tables import Table

__all__ = ["KIND", "Settings", "fetch", "layout_of", "probe", "prove_whole", "understand"]

log = logging.getLogger(__name__)

_OWNER = "district administrator"
_SHARED = "see what the district shares with the app"


def fetch(source: Settings, errand: ExtractRequest) -> ExtractResult:
    """Read the district's roster, a part for each page as received; nothing when its revision is the last night's.

    Raises SourceUnavailable, SourceGrowing, SourceIncomplete, CredentialsRefused, ContractBroken.
    """
    with open_service(source) as api:
        service = identify(api)
        fetched = _unchanged(api, service, errand.last) or _in_full(api, source, errand.to)
        told = {"service": service, **api.told()}
    log.info("classlink: %d requests in %.1f s", told["requests"], told["seconds"])
    return replace(fetched, facts={**fetched.facts, **told})


def tells_the_past(_source: Settings) -> bool:
    """Whether it can be asked for a night of long ago: the API tells the present."""
    return False


def prove_whole(fetched: ExtractResult, source: Settings, last: Bookmark | None) -> dict[str, Any]:
    """Refuse a pull without schools or people, and one in which a collection lost most of its records, or all.

    A service that has taken our permission away answers with lists that are empty.
    """
    records: Mapping[str, int] = fetched.facts["records"]
    if not records["orgs"] or not records["users"]:
        raise SourceIncomplete(
            f"classlink: {records['orgs']} organisations and {records['users']} users; nobody was archived",
            owner=_OWNER,
            fix=_SHARED,
        )
    before: Mapping[str, int] = (last.facts.get("records") or {}) if last else {}
    kept = 1 - source.completeness.shrink_percent / 100
    lost = [name for name in records if records[name] < before.get(name, 0) * kept]
    if lost:
        raise SourceIncomplete(
            f"classlink: far fewer {', '.join(lost)} than on the last night; nobody was archived",
            owner=_OWNER,
            fix=f"{_SHARED}; if it is meant, raise shrink_percent for one night",
        )
    return {"pages": len(fetched.files)}


def understand(files: Mapping[str, Path], source: Settings) -> tuple[list[Table], Layout]:
    """Read a snapshot's parts into tables, with the layout by which to understand them."""
    return project(read_tables(files)), layout_of(source)


def layout_of(_source: Settings) -> FileLayout:
    """The relational layout, in which the records are told."""
    return replace(named_layout("oneroster"), name=KIND)


def _unchanged(api: Client, service: str, last: Bookmark | None) -> ExtractResult | None:
    """Ask for the revision alone where the last night had one, and its snapshot is still there."""
    if last is None or last.files is None or not last.facts.get("revision") or last.facts.get("service") != service:
        return None
    if read_revision(api) != last.facts["revision"]:
        return None
    log.info("classlink: the roster has not been revised since the last night")
    return ExtractResult({}, {"revision": last.facts["revision"], "records": last.facts["records"]}, unchanged=True)


def _in_full(api: Client, source: Settings, to: Path) -> ExtractResult:
    pulled = pull_all(api, source.page_rows, to)
    noticed = {"noticed": dict(pulled.noticed)} if pulled.noticed else {}
    return ExtractResult(pulled.files, {"records": dict(pulled.records), "revision": pulled.revision, **noticed})
