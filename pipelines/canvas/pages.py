"""Read lists from Canvas: a header holds an opaque link to the next page, and Canvas gives no count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from requests.utils import parse_header_links

from pipelines.errors import SourceIncomplete, SourceUnavailable
from pipelines.http.client import Answer, Client

Record = dict[str, Any]

_MOST_PAGES = 20_000
_READS = 4
GONE = 404


@dataclass(frozen=True)
class CanvasPage:
    """One page: its records, its body as received, and the link to the next page (None on the last)."""

    rows: list[Record]
    body: bytes
    next: str | None


@dataclass(frozen=True)
class Listed:
    """A complete list: its pages as received, and each record once."""

    pages: tuple[bytes, ...]
    rows: tuple[Record, ...]


def read_list(api: Client, target: str, params: Mapping[str, Any], wrapped: str = "") -> Listed:
    """Read a list to its end, and return its pages and records.

    Rows move between numbered pages during the reading: a row that leaves the front hides another row. So a list of
    several pages is read until two readings in a row have the same record ids, at most four times. If no two readings
    agree, or a page can't be trusted, raises SourceIncomplete. If Canvas answers 404, raises SourceUnavailable.
    """
    before: frozenset[str] | None = None
    for _ in range(_READS):
        pages = list(follow(api, target, params, wrapped))
        rows = {str(row["id"]): row for page in pages for row in page.rows}
        if len(pages) == 1 or before == rows.keys():
            return Listed(tuple(page.body for page in pages), tuple(rows.values()))
        before = frozenset(rows)
    raise _broken("the list changes while it is read")


def read_page(answer: Answer, wrapped: str = "") -> CanvasPage:
    """Read an answer as a page. Raises SourceIncomplete if it holds no list of records or no links."""
    rows = answer.document.get(wrapped) if wrapped and isinstance(answer.document, dict) else answer.document
    if not isinstance(rows, list) or not all(isinstance(row, dict) and row.get("id") for row in rows):
        raise _broken("the answer is not a list of records")
    links = parse_header_links(answer.headers.get("Link", ""))
    if not links:
        raise _broken("a page has no links, so its next page is unknown")
    return CanvasPage(rows, answer.body, next((link["url"] for link in links if link.get("rel") == "next"), None))


def follow(api: Client, target: str, params: Mapping[str, Any], wrapped: str = "") -> Iterator[CanvasPage]:
    """Yield a list's pages once, in order; rows may move between pages during the reading.

    Raises the errors of `read_list`.
    """
    seen: set[str] = set()
    answer = api.get(target, params, expected={GONE})
    while True:
        if answer.status == GONE:
            raise SourceUnavailable(
                "canvas: a listed record was deleted while the list was read", fix="nothing; the step is tried again"
            )
        page = read_page(answer, wrapped)
        yield page
        if page.next is None:
            return
        if not page.rows or page.next in seen or len(seen) >= _MOST_PAGES:
            raise _broken("the list of pages does not end")
        seen.add(page.next)
        answer = api.get(page.next, expected={GONE})


def _broken(what: str) -> SourceIncomplete:
    return SourceIncomplete(f"canvas: {what}", fix="if the error stays, ask Canvas's administrator")
