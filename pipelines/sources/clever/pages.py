"""Read Clever's lists: rows wrapped twice, links by their rel, a next link that only means that the page was full."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from pipelines.errors import SourceIncomplete
from pipelines.http.client import Answer, Client

log = logging.getLogger(__name__)

Record = dict[str, Any]

_TOO_LARGE = 413
_UNCOUNTED = {400, 404, 501}  # answers of a list that offers no count


@dataclass(frozen=True)
class CleverPage:
    """One page: its records, unwrapped, its body as received, and the next page's link, if any."""

    rows: list[Record]
    body: bytes
    next: str | None


def follow(api: Client, target: str, *, plain: bool = False) -> Iterator[CleverPage]:
    """Yield a list page by page, up to the first page without a next link or without rows.

    If Clever finds a page too large, its `limit` is halved. A `plain` list wraps its rows once and needs no links.
    If an answer is not a page, or a link leads back to a page already read, raises SourceIncomplete.
    """
    seen: set[str] = set()
    following: str | None = target
    while following:
        if following in seen:
            raise _broken("a next link leads back to an earlier page")
        seen.add(following)
        answer = api.get(following, expected={_TOO_LARGE})
        if answer.status == _TOO_LARGE:
            following = _halve(following)
            continue
        page = _read(answer, plain)
        yield page
        following = page.next if page.rows else None


def single(api: Client, target: str) -> Record:
    """Return the only record of a list. Raises SourceIncomplete if the list has none or several."""
    rows = [row for page in follow(api, target) for row in page.rows]
    if len(rows) != 1:
        raise _broken(f"a list that must have one record has {len(rows)}")
    return rows[0]


def count(api: Client, target: str) -> int | None:
    """Ask Clever how many records a list has; return None if Clever gives no count."""
    answer = api.get(f"{target}{'&' if '?' in target else '?'}count=true", expected=_UNCOUNTED)
    total = answer.document.get("count") if isinstance(answer.document, dict) else None
    return total if isinstance(total, int) else None


def records_of(path: Path) -> list[Record]:
    """Return the records of a landed page."""
    return [row["data"] for row in json.loads(path.read_bytes())["data"]]


def _read(answer: Answer, plain: bool) -> CleverPage:
    document = answer.document if isinstance(answer.document, dict) else {}
    rows, links = document.get("data"), document.get("links", [] if plain else None)
    if not isinstance(rows, list):
        raise _broken("an answer has no rows")
    if not plain:
        rows = [row.get("data") if isinstance(row, dict) else None for row in rows]
    if not all(isinstance(row, dict) and row.get("id") for row in rows):
        raise _broken("a record has no id")
    if not isinstance(links, list):
        raise _broken("a page has no links, so the last page can't be recognised")
    following = [link.get("uri") for link in links if isinstance(link, dict) and link.get("rel") == "next"]
    return CleverPage(rows, answer.body, following[0] if following else None)


def _halve(target: str) -> str:
    """Return a request for half as many rows. Raises SourceIncomplete if one row is too large."""
    parts = urlsplit(target)
    query = dict(parse_qsl(parts.query))
    limit = int(query.get("limit", "1")) // 2
    if not limit:
        raise _broken("even a page of one record is too large")
    log.info("clever: pages are too large; asking for %d rows", limit)
    return urlunsplit(parts._replace(query=urlencode(query | {"limit": str(limit)})))


def _broken(what: str) -> SourceIncomplete:
    return SourceIncomplete(f"clever: {what}", fix="run again; if the error stays, ask Clever")
