"""Read ClassLink's proxy: the partner's key lists the districts' applications, each with a lasting bearer."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from pipelines.errors import CredentialsRefused, SettingsInvalid, SourceIncomplete
from pipelines.http.client import Bearer, Client
from pipelines.http.retry_policy import RetryPolicy

_PAGE = 100
_MOST_PAGES = 1_000
_PATH = re.compile(r"[A-Za-z0-9._~%!$&'()*+,;=:@-]+")  # one segment of a path, as ClassLink writes it


@dataclass(frozen=True)
class Application:
    """A district's application: the first segment of its path, and its bearer."""

    path: str
    bearer: str = field(repr=False)


def find_application(host: str, key: str, wanted: str, retry_policy: RetryPolicy) -> Application:
    """Return a district's application by its oneroster_application_id, or the only one if none is named.

    If the application is no longer there or is not enabled, raises CredentialsRefused: the district must not pass for a
    district without people. If no id is named and several applications are open, raises SettingsInvalid.
    """
    everything = list_applications(host, key, retry_policy)
    named = [row for row in everything if wanted in ("", row.get("oneroster_application_id"))]
    open_rows = [row for row in named if is_open(row)]
    if not open_rows:
        what = "is not enabled, or its tenant is not active" if named else "is not shared with Rollbook"
        raise CredentialsRefused(
            f"classlink: the district's application {what}; nobody was archived",
            owner="district administrator",
            fix="ask the district to share the app in ClassLink again, or set enabled: false",
        )
    if len(open_rows) > 1:
        raise SettingsInvalid(
            f"classlink: {len(open_rows)} applications are shared with Rollbook",
            fix="name the district's application under application:",
        )
    return Application(path_of(str(open_rows[0]["oneroster_application_id"])), str(open_rows[0]["bearer"]))


def path_of(application: str) -> str:
    """Return an application's id for use in a path: unchanged, because ClassLink writes it with its escapes.

    Raises SettingsInvalid if the id can't stand in a path.
    """
    if not _PATH.fullmatch(application) or set(application) <= {"."}:
        raise SettingsInvalid(
            "classlink: the setting application: can't be part of an address",
            fix="use the id exactly as ClassLink shows it",
        )
    return application


def list_applications(host: str, key: str, retry_policy: RetryPolicy) -> list[dict[str, Any]]:
    """Return all applications. ClassLink gives no count, so pages are read until one is short or brings nothing new.

    Raises SourceIncomplete if an answer holds no list.
    """
    found: dict[str, dict[str, Any]] = {}
    with Client("classlink's applications", host, Bearer(key), retry_policy) as api:
        for page in range(_MOST_PAGES):
            document = api.get(f"applications?limit={_PAGE}&offset={page * _PAGE}").document
            rows = document.get("applications") if isinstance(document, dict) else document
            if not isinstance(rows, list):
                raise SourceIncomplete("classlink: the answer has no list of applications", fix="ask ClassLink")
            before = len(found)
            found |= {str(row.get("oneroster_application_id")): row for row in rows if isinstance(row, dict)}
            if len(rows) < _PAGE or len(found) == before:
                break
    return list(found.values())


def is_open(application: dict[str, Any]) -> bool:
    """Return whether an application may be read; `enabled` is text, so "false" must not count as true."""
    enabled, status = (str(application.get(name, "")).casefold() for name in ("enabled", "tenant_status"))
    return enabled == "true" and status == "active" and bool(application.get("bearer"))
