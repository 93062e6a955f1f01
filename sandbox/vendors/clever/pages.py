"""Lists as Clever gives them: rows wrapped twice, and links to pages by the ids at their edges."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from sandbox.vendors.clever.records import Record
from sandbox.vendors.collection import Collection, encode, join
from sandbox.vendors.faults import Struck

_USUAL = 100
_MOST = 10_000
_CURSORS = ("starting_after", "ending_before")


class Refused(Exception):
    """The vendor refuses a request, with a status and a message of its own; without a message, with HTML."""

    def __init__(self, status: int, message: str = "") -> None:
        super().__init__(message)
        self.status, self.message = status, message


@dataclass(frozen=True)
class Query:
    """The parameters of a list: those that page it, and the others in the order they came."""

    path: str
    others: tuple[tuple[str, str], ...]
    limit: int
    starting_after: str | None
    ending_before: str | None

    def uri(self, cursor: str = "", value: str = "") -> str:
        """This list from another place on."""
        pairs = [*self.others, (cursor, value)] if cursor else list(self.others)
        query = "&".join(f"{quote(name)}={quote(text)}" for name, text in pairs)
        return f"{self.path}?{query}" if query else self.path


def read_query(path: str, pairs: Iterable[tuple[str, str]]) -> Query:
    """Read a list's parameters. 400: a limit that is no number. 413: a limit over 10,000."""
    pairs = list(pairs)
    given = dict(pairs)
    limit = given.get("limit", str(_USUAL))
    if not limit.isdigit() or int(limit) < 1:
        raise Refused(400, "Invalid value for 'limit'")
    if int(limit) > _MOST:
        raise Refused(413, f"'limit' may not be over {_MOST}")
    others = tuple(pair for pair in pairs if pair[0] not in _CURSORS)
    return Query(path, others, int(limit), given.get("starting_after"), given.get("ending_before"))


def wrap(records: Iterable[Record], uri: str) -> Collection:
    """Records as the rows of a list, by ascending id; `uri` is the path of their kind."""
    rows = sorted(((record["id"], record) for record in records), key=lambda row: str(row[0]))
    return join((row_id, encode({"data": record, "uri": f"{uri}/{row_id}"})) for row_id, record in rows)


def answer(rows: Collection, query: Query, struck: Struck) -> bytes:
    """One page. A next link says that the page was full, not that there is more."""
    limit = struck.limit(query.limit)
    start, stop = _window(rows, query, limit)
    if query.starting_after:
        start = max(0, start - struck.repeated())
    links = _links(rows, query, (start, stop), limit, struck)
    parts = [] if struck.has("envelope_missing") else [b'"data":[' + rows.page(start, stop) + b"]"]
    if not struck.has("missing_headers"):
        parts.append(b'"links":' + encode(links))
    return b"{" + b",".join(parts) + b"}"


def _window(rows: Collection, query: Query, limit: int) -> tuple[int, int]:
    if query.ending_before is not None:
        stop = len(rows) if query.ending_before == "last" else rows.before(query.ending_before)
        return max(0, stop - limit), stop
    start = rows.after(query.starting_after) if query.starting_after else 0
    return start, min(len(rows), start + limit)


def _links(rows: Collection, query: Query, window: tuple[int, int], limit: int, struck: Struck) -> list[dict[str, str]]:
    """`self`, and the neighbours in either order: clients must look at `rel`, not at the place."""
    start, stop = window
    full = stop - start >= limit
    cursor = query.starting_after or query.ending_before or ""
    first, last = (rows.ids[start], rows.ids[stop - 1]) if stop > start else (cursor, cursor)
    neighbours = []
    if query.starting_after or (query.ending_before and full):
        neighbours.append({"rel": "prev", "uri": query.uri("ending_before", first)})
    if query.ending_before or full or struck.has("next_past_end"):
        host = struck.elsewhere if struck.has("wrong_host_next") else ""
        neighbours.append({"rel": "next", "uri": host + query.uri("starting_after", last)})
    itself = {"rel": "self", "uri": query.uri(*_cursor(query))}
    return [itself, *(neighbours if start % 2 else neighbours[::-1])]


def _cursor(query: Query) -> tuple[str, str]:
    if query.starting_after:
        return "starting_after", query.starting_after
    return ("ending_before", query.ending_before) if query.ending_before else ("", "")
