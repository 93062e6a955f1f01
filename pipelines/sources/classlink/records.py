"""Turn a record of any shape into the cells of OneRoster's CSV files, with a list as one cell.

Phones, passwords, agents and demographics are not among the fields. No href is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from pipelines.errors import ContractBroken, Place
from pipelines.sources.classlink.pages import Record, identify

_DAY = re.compile(r"(\d{4}-\d\d-\d\d)T00:00(?::00(?:\.0+)?)?(?:Z|[+-]00:?00)?")

Read = Callable[[Record], str]


def rows_of(collection: str, record: Record, line: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield a record's row, and for a user also a row for each role, each with the kind of row.

    Raises ContractBroken if an id in a list holds a comma.
    """
    try:
        yield collection, tuple(read(record) for read in _FIELDS[collection].values())
        if collection == "users":
            for role in _dicts(record.get("roles")):
                yield "roles", tuple(read(role | {"user": record}) for read in _FIELDS["roles"].values())
    except _Unwritable as error:
        raise ContractBroken(
            "an id in a list contains a comma", place=Place(collection, line, str(error)), fix="ask the vendor"
        ) from None


class _Unwritable(Exception):
    """An id that no list can hold. The message names only the id's field."""


def _text(name: str) -> Read:
    return lambda record: _plain(record.get(name))


def _day(name: str) -> Read:
    """Return a reader of a day, which some services write as the moment when the day begins."""

    def read(record: Record) -> str:
        value = _plain(record.get(name))
        moment = _DAY.fullmatch(value.strip()) if len(value) > len("2026-08-20") else None
        return moment[1] if moment else value

    return read


def _one(name: str, flat: str) -> Read:
    """Return a reader of a reference: an object with a sourcedId, a bare id, or an id in the field `flat`."""
    return lambda record: _reference(record.get(name)) or _reference(record.get(flat))


def _many(name: str, flat: str) -> Read:
    def read(record: Record) -> str:
        value = record.get(name) or record.get(flat) or []
        ids = [_reference(item) for item in (value if isinstance(value, list) else [value])]
        if any("," in row_id for row_id in ids) and isinstance(value, list):
            raise _Unwritable(name)
        return ",".join(row_id for row_id in ids if row_id)

    return read


def _words(name: str) -> Read:
    """Return a reader of a list of plain words; unlike an id, a word may hold a comma."""

    def read(record: Record) -> str:
        value = record.get(name)
        return ",".join(filter(None, map(_plain, value))) if isinstance(value, list) else _plain(value)

    return read


def _reference(value: Any) -> str:
    return identify(value) if isinstance(value, dict) else _plain(value)


def _plain(value: Any) -> str:
    """Return a value as text: missing and null become "", and a boolean becomes "true" or "false"."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else ""


def _dicts(value: Any) -> list[Record]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


_HEAD: dict[str, Read] = {"sourcedId": identify} | {name: _text(name) for name in ("status", "dateLastModified")}
_FIELDS: dict[str, dict[str, Read]] = {
    "orgs": _HEAD
    | {name: _text(name) for name in ("name", "type", "identifier")}
    | {"parentSourcedId": _one("parent", "parentSourcedId")},
    "academicSessions": _HEAD
    | {name: _text(name) for name in ("title", "type")}
    | {name: _day(name) for name in ("startDate", "endDate")},
    "courses": _HEAD
    | {name: _text(name) for name in ("title", "courseCode")}
    | {"orgSourcedId": _one("org", "orgSourcedId")},
    "classes": _HEAD
    | {
        "title": _text("title"),
        "schoolSourcedId": _one("school", "schoolSourcedId"),
        "termSourcedIds": _many("terms", "termSourcedIds"),
        "courseSourcedId": _one("course", "courseSourcedId"),
        "periods": _words("periods"),
    },
    "users": _HEAD
    | {name: _text(name) for name in ("enabledUser", "givenName", "familyName", "email", "username", "identifier")}
    | {
        "role": _text("role"),
        "orgSourcedIds": _many("orgs", "orgSourcedIds"),
        "primaryOrgSourcedId": _one("primaryOrg", "primaryOrgSourcedId"),
        "grades": _words("grades"),
    },
    "roles": {
        "userSourcedId": lambda role: identify(role["user"]),
        "roleType": _text("roleType"),
        "role": _text("role"),
        "orgSourcedId": _one("org", "orgSourcedId"),
    },
    "enrollments": _HEAD
    | {
        "classSourcedId": _one("class", "classSourcedId"),
        "userSourcedId": _one("user", "userSourcedId"),
        "role": _text("role"),
        "primary": _text("primary"),
    }
    | {name: _day(name) for name in ("beginDate", "endDate")},
    "categories": _HEAD | {"title": _text("title")},
    "lineItems": _HEAD
    | {
        "title": _text("title"),
        "dueDate": _day("dueDate"),
        "classSourcedId": _one("class", "classSourcedId"),
        "categorySourcedId": _one("category", "categorySourcedId"),
        "resultValueMax": _text("resultValueMax"),
    },
    "results": _HEAD
    | {
        "lineItemSourcedId": _one("lineItem", "lineItemSourcedId"),
        "studentSourcedId": _one("student", "studentSourcedId"),
    }
    | {name: _text(name) for name in ("scoreStatus", "score", "textScore")},
}
FIELDS = {kind: tuple(fields) for kind, fields in _FIELDS.items()}
