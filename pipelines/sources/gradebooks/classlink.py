"""The gradebook source `classlink`: read line items and results from OneRoster's REST service, 1.1 or 1.2.

The service may be at any host. Authentication and pull are the roster's (`pipelines.sources.classlink`).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from pydantic import ConfigDict

from pipelines.sources.classlink.access import open_service
from pipelines.sources.classlink.pull import pull_all
from pipelines.sources.classlink.settings import KIND
from pipelines.sources.classlink.settings import Settings as RosterSettings
from pipelines.sources.classlink.tables import read_tables
from pipelines.sources.contract import ExtractRequest, ExtractResult
from pipelines.sources.gradebooks.book import Book
from pipelines.sources.gradebooks.oneroster_rows import KINDS, Selected, check_there, to_book

__all__ = ["KIND", "Settings", "fetch", "understand"]

log = logging.getLogger(__name__)

_BASES = {"1.1": "ims/oneroster/v1p1", "1.2": "ims/oneroster/gradebook/v1p2"}
_SCOPES = {"1.1": "v1p1/scope/gradebook.readonly", "1.2": "v1p2/scope/gradebook-core.readonly"}


class Settings(RosterSettings):
    """Where the gradebook service is. The settings for authentication are those of a roster.

    `base_path` and `scopes` apply to the gradebook service.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    selected: Selected = "none"  # whether activities become Canvas assignments, unless a person decides otherwise
    categories: bool = True  # off: the service has no categories, and every activity is an assignment

    @property
    def path(self) -> str:
        """Return the path of the gradebook service."""
        return self.base_path.strip("/") or _BASES[self.version]

    @property
    def asked_scopes(self) -> str:
        """Return the scopes that a token request names."""
        return " ".join(self.scopes) or f"https://purl.imsglobal.org/spec/or/{_SCOPES[self.version]}"


def fetch(source: Settings, request: ExtractRequest) -> ExtractResult:
    """Read the district's results, line items and categories, a part for each page as received.

    Raises SourceUnavailable, SourceGrowing, SourceIncomplete, CredentialsRefused, ContractBroken.
    """
    with open_service(source) as api:
        collections = tuple(kind for kind in KINDS if source.categories or kind != "categories")
        pulled = pull_all(api, source.page_rows, request.to, collections)
        usage = api.usage()
    log.info("classlink: %d requests in %.1f s", usage["requests"], usage["seconds"])
    before = (request.last.facts.get("records") or {}) if request.last else {}
    check_there(pulled.records, before, "district administrator", "check what the district shares with the app")
    noticed = {"noticed": dict(pulled.noticed)} if pulled.noticed else {}
    return ExtractResult(pulled.files, {"records": dict(pulled.records), **noticed, **usage})


def understand(files: Mapping[str, Path], source: Settings) -> Book:
    """Read a snapshot's parts into a book."""
    return to_book(read_tables(files, KINDS), source.selected)
