"""The source `classlink`: read a roster from OneRoster's REST service, 1.1 or 1.2, at ClassLink or any other host.

settings.py  the service's address, and how to authenticate
access.py    open the service with signing.py (OAuth 1.0a), proxy.py (ClassLink's bearer) or tokens.py (OAuth 2)
probe.py     answer the Test button
pages.py     read one page, and what its headers say about the collection
pull.py      read every collection to its end, though rows may move meanwhile
records.py   read a record in any of its shapes
tables.py    turn landed pages into tables
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
_SHARED = "check what the district shares with the app"


def fetch(source: Settings, request: ExtractRequest) -> ExtractResult:
    """Read the district's roster, a part for each page as received.

    If the roster's revision is still that of the last applied run, nothing is read.
    Raises SourceUnavailable, SourceGrowing, SourceIncomplete, CredentialsRefused, ContractBroken.
    """
    with open_service(source) as api:
        service = identify(api)
        fetched = _unchanged(api, service, request.last) or _in_full(api, source, request.to)
        usage = {"service": service, **api.usage()}
    log.info("classlink: %d requests in %.1f s", usage["requests"], usage["seconds"])
    return replace(fetched, facts={**fetched.facts, **usage})


def has_past_dates(_source: Settings) -> bool:
    """Return False: the API returns the present roster only, so the source can't deliver a past date."""
    return False


def prove_whole(fetched: ExtractResult, source: Settings, last: Bookmark | None) -> dict[str, Any]:
    """Raise SourceIncomplete for a pull without organisations or users, and for one that lost too many records.

    The limit is `shrink_percent` since the last applied run, for each collection. If a service has withdrawn our
    permission, it answers with empty lists.
    """
    records: Mapping[str, int] = fetched.facts["records"]
    if not records["orgs"] or not records["users"]:
        raise SourceIncomplete(
            f"classlink: the pull has {records['orgs']} organisations and "
            f"{records['users']} users; nobody was archived",
            owner=_OWNER,
            fix=_SHARED,
        )
    before: Mapping[str, int] = (last.facts.get("records") or {}) if last else {}
    least = 1 - source.completeness.shrink_percent / 100
    lost = [name for name in records if records[name] < before.get(name, 0) * least]
    if lost:
        raise SourceIncomplete(
            f"classlink: the pull has far fewer {', '.join(lost)} than the last run; nobody was archived",
            owner=_OWNER,
            fix=f"{_SHARED}; if fewer are intended, raise shrink_percent for one night",
        )
    return {"pages": len(fetched.files)}


def understand(files: Mapping[str, Path], source: Settings) -> tuple[list[Table], Layout]:
    """Return a snapshot's parts as tables, with the layout that interprets them."""
    return project(read_tables(files)), layout_of(source)


def layout_of(_source: Settings) -> FileLayout:
    """Return the relational layout, into which the records are read."""
    return replace(named_layout("oneroster"), name=KIND)


def _unchanged(api: Client, service: str, last: Bookmark | None) -> ExtractResult | None:
    """Return an unchanged result if the roster has not been revised since the last applied run, else None.

    The service is asked only if that run read the same service, has a revision, and its snapshot is still there.
    """
    if last is None or last.files is None or not last.facts.get("revision") or last.facts.get("service") != service:
        return None
    if read_revision(api) != last.facts["revision"]:
        return None
    log.info("classlink: the roster's revision is unchanged since the last applied run")
    return ExtractResult({}, {"revision": last.facts["revision"], "records": last.facts["records"]}, unchanged=True)


def _in_full(api: Client, source: Settings, to: Path) -> ExtractResult:
    pulled = pull_all(api, source.page_rows, to)
    noticed = {"noticed": dict(pulled.noticed)} if pulled.noticed else {}
    return ExtractResult(pulled.files, {"records": dict(pulled.records), "revision": pulled.revision, **noticed})
