"""Read one page of a collection: its records, and what its headers say about the collection."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from pipelines.errors import ContractBroken, SourceIncomplete
from pipelines.http.client import Answer, Client

log = logging.getLogger(__name__)

Record = dict[str, Any]

TOO_HEAVY = 502  # the status of a page that takes the server too long
_REFUSALS = frozenset({400, 404, 405, 422})
_FIGURES = 40  # a number whose decimal exponent reaches this limit stays as it was written
_LEAST = 16  # a page is halved down to one sixteenth of the configured rows

# The standard's minor codes: an error text quotes no other words of a refusal.
_CODES = frozenset(
    {"fullsuccess", "invalidfilterfield", "invalidselectionfield", "invalidblankselectionfield", "invalidsortfield"}
    | {"invaliddata", "unauthorisedrequest", "unauthorized", "forbidden", "serverbusy", "unknownobject"}
    | {"internalservererror"}
)


@dataclass(frozen=True)
class OneRosterPage:
    """A page as received: `ids` in its order, the collection's number of rows, and the roster's revision.

    `is_unsorted` means that the service did not accept the sort field.
    """

    ids: list[str]
    body: bytes
    total: int | None
    revision: str | None
    is_unsorted: bool = False


def ask(api: Client, collection: str, limit: int, offset: int, *, may_fail: bool = False) -> OneRosterPage | None:
    """Ask for a page, sorted by id; with `may_fail`, return None if the page is too heavy.

    Raises ContractBroken for a refusal. Raises SourceIncomplete if the answer holds no list of records, or if a record
    has no id.
    """
    target = f"{collection}?limit={limit}&offset={offset}&sort=sourcedId&orderBy=asc"
    answer = api.get(target, expected=_REFUSALS | ({TOO_HEAVY} if may_fail else frozenset()))
    if answer.status == TOO_HEAVY:
        return None
    if answer.status in _REFUSALS:
        raise ContractBroken(
            f"{collection}: the service refused the request (status {answer.status}{_why(answer.document)})",
            fix="check version: and base_path: in the settings, and page_rows: against the service's largest page",
        )
    records = _records(answer, collection)
    ids = [identify(record) for record in records]
    if not all(ids):
        raise SourceIncomplete(f"{collection}: a record has no sourcedId", fix="ask the vendor")
    unsorted = "invalidsortfield" in _codes(answer.document)
    return OneRosterPage(ids, answer.body, _total(answer), answer.headers.get("x-perm-rev") or None, unsorted)


def may_be_halved(limit: int, asked: int) -> bool:
    """Return whether a page that was too heavy may be asked for again with half as many rows."""
    return limit > max(1, asked // _LEAST)


def records_of(path: Path, collection: str) -> list[Record]:
    """Return the records of a landed page.

    A number with a fraction or an exponent becomes text, as it was written but without the exponent.
    """
    document = json.loads(path.read_bytes(), parse_float=_fixed, parse_constant=str)
    records: list[Record] = document[collection] if isinstance(document, dict) else document
    return records


def _fixed(number: str) -> str:
    """Return a number's text without an exponent.

    An exponent of _FIGURES or more can only be an error or an attack, so such a number stays as it was written.
    """
    try:
        value = Decimal(number)
    except InvalidOperation:
        return number
    return format(value, "f") if "e" in number.casefold() and abs(value.adjusted()) < _FIGURES else number


def identify(record: Record) -> str:
    """Return a record's id as text, or "" if it has none; some services write the id as a number."""
    value = record.get("sourcedId")
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _records(answer: Answer, collection: str) -> list[Record]:
    """Return the list under the collection's name, or the bare list of a service that leaves the name out.

    Raises SourceIncomplete for anything else.
    """
    document = answer.document
    records = document.get(collection) if isinstance(document, dict) else document
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise SourceIncomplete(
            f"{collection}: the service's answer has no list of records{_why(document)}",
            fix="run again; if the error stays, ask the vendor",
        )
    return records


def _total(answer: Answer) -> int | None:
    total = answer.headers.get("x-total-count", "").strip()
    return int(total) if total.isdigit() else None


def _why(document: Any) -> str:
    codes = sorted(_codes(document) - {"fullsuccess"})
    return f", {codes[0]}" if codes else ""


def _codes(document: Any) -> set[str]:
    """Return the standard's codes in an answer: at the root or nested, with or without spaces or underscores."""
    if not isinstance(document, dict):
        return set()
    status = {
        name: value for name, value in document.items() if "status" in name.casefold() or "code" in name.casefold()
    }
    words = {word.replace("_", "").replace(" ", "").casefold() for word in _texts(status)}
    return words & _CODES


def _texts(value: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth < 8 and isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item, depth + 1)
