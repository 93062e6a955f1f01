"""Every collection and every relation of the rostering service, as rendered rows of a district."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain

import msgspec

from sandbox.vendors.account import Account
from sandbox.vendors.collection import Collection, encode, join
from sandbox.vendors.oneroster import gradebook, query, rest, rows
from sandbox.vendors.oneroster.query import Query
from sandbox.vendors.oneroster.rest import Form
from sandbox.vendors.oneroster.rows import Row

Test = Callable[[Row], bool]


@dataclass(frozen=True)
class Endpoint:
    """A collection: the kind of its rows, the name of one of them, and which rows belong to it."""

    kind: str
    one: str
    test: Test | None = None


ENDPOINTS = {
    "orgs": Endpoint("orgs", "org"),
    "schools": Endpoint("orgs", "org", lambda row: row["type"] == "school"),
    "academicSessions": Endpoint("academicSessions", "academicSession"),
    "terms": Endpoint("academicSessions", "academicSession", lambda row: row["type"] == "term"),
    "gradingPeriods": Endpoint("academicSessions", "academicSession", lambda row: row["type"] == "gradingPeriod"),
    "courses": Endpoint("courses", "course"),
    "classes": Endpoint("classes", "class"),
    "users": Endpoint("users", "user"),
    "students": Endpoint("users", "user", lambda row: row["role"] == "student"),
    "teachers": Endpoint("users", "user", lambda row: row["role"] == "teacher"),
    "enrollments": Endpoint("enrollments", "enrollment"),
    "demographics": Endpoint("demographics", "demographics"),
}
GRADEBOOK = {
    "categories": Endpoint("categories", "category"),
    "lineItems": Endpoint("lineItems", "lineItem"),
    "results": Endpoint("results", "result"),
}
EVERY = ENDPOINTS | GRADEBOOK
RELATIONS = {
    ("schools", "classes"),
    ("schools", "courses"),
    ("schools", "enrollments"),
    ("schools", "students"),
    ("schools", "teachers"),
    ("schools", "terms"),
    ("courses", "classes"),
    ("terms", "classes"),
    ("terms", "gradingPeriods"),
    ("classes", "students"),
    ("classes", "teachers"),
    ("students", "classes"),
    ("teachers", "classes"),
    ("users", "classes"),
}


def collection(account: Account, how: Form, name: str) -> tuple[tuple[object, ...], Collection]:
    """All rows of an endpoint in the server's own order, and the key they are kept under."""
    endpoint, key = EVERY[name], ("oneroster", how.version, how.roles, name)
    return key, account.rendered(key, lambda: render(endpoint.kind, _rows(account, endpoint), how))


def one(account: Account, how: Form, name: str, row_id: str) -> bytes | None:
    """A single row."""
    key, found = collection(account, how, name)
    by_id = account.rendered((*key, "sourcedId", False), lambda: _sort(found, "sourcedId", False))
    at = by_id.find(row_id)
    return None if at is None else by_id.row(at)


def related(account: Account, how: Form, path: tuple[str, str, str], inside: str | None = None) -> Collection:
    """The rows that belong to another row; `inside` narrows them to a class of a school."""
    parent, parent_id, name = path
    endpoint = ENDPOINTS[name]
    test = _belongs(account, parent, parent_id, name)
    narrow = _belongs(account, "classes", inside, name) if inside else None
    found = (row for row in _rows(account, endpoint) if test(row) and (narrow is None or narrow(row)))
    return render(endpoint.kind, found, how)


def arrange(account: Account, key: tuple[object, ...], found: Collection, asked: Query, kind: str) -> Collection:
    """The rows that pass the filter, sorted; kept, since every page of a pull asks for the same."""
    if asked.filter:
        test, key = query.compile_filter(kind, asked.filter), (*key, asked.filter)
        before = found
        found = account.rendered(key, lambda: _filter(before, test))
    if asked.sort:
        unsorted, key = found, (*key, asked.sort, asked.descending)
        found = account.rendered(key, lambda: _sort(unsorted, asked.sort, asked.descending))
    return found


def key_of(key: tuple[object, ...], asked: Query) -> tuple[object, ...]:
    """The key that `arrange` keeps its rows under."""
    key = (*key, asked.filter) if asked.filter else key
    return (*key, asked.sort, asked.descending) if asked.sort else key


def render(kind: str, found: Iterator[Row], how: Form) -> Collection:
    """Rows as JSON."""
    return join((row["sourcedId"], encode(rest.shape(kind, row, how))) for row in found)


def select(page: bytes, fields: tuple[str, ...]) -> bytes:
    """A page with some fields only."""
    chosen = ({name: row[name] for name in fields if name in row} for row in msgspec.json.decode(b"[" + page + b"]"))
    return b",".join(map(encode, chosen))


def _rows(account: Account, endpoint: Endpoint) -> Iterator[Row]:
    if not account.behaviour.oneroster_permitted:
        return iter(())
    if endpoint.kind in GRADEBOOK:
        return gradebook.rows_of(endpoint.kind, account)
    found = rows.rows_of(endpoint.kind, account.view, account.behaviour)
    if account.behaviour.oneroster_tombstones:
        found = chain(found, account.gone.get(endpoint.kind, {}).values())
    return filter(endpoint.test, found) if endpoint.test else found


def _belongs(account: Account, parent: str, parent_id: str, name: str) -> Test:
    if name in ("students", "teachers") and parent in ("schools", "classes"):
        field = "school" if parent == "schools" else "class"
        here = {row["user"] for row in _enrollments(account) if row[field] == parent_id}
        return lambda row: row["sourcedId"] in here
    if parent in ("students", "teachers", "users"):
        mine = {row["class"] for row in _enrollments(account) if row["user"] == parent_id}
        return lambda row: row["sourcedId"] in mine
    if parent == "terms" and name == "classes":
        return lambda row: parent_id in row["terms"]
    if name in ("terms", "gradingPeriods"):
        return lambda row: name == "terms" or row["parent"] == parent_id
    field = {"schools": "school", "courses": "course", "classes": "class"}[parent]
    field = "org" if (parent, name) == ("schools", "courses") else field
    return lambda row: row[field] == parent_id


def _enrollments(account: Account) -> Iterator[Row]:
    return rows.enrollments(account.view, account.behaviour)


def _filter(found: Collection, test: Test) -> Collection:
    decode = msgspec.json.decode
    return found.take(at for at in range(len(found)) if test(decode(found.row(at))))


def _sort(found: Collection, name: str, descending: bool) -> Collection:
    """By id it is quick; by anything else each row is read. Ties stay in the server's order."""
    if name == "sourcedId":
        values = found.ids
    else:
        values = [str(msgspec.json.decode(found.row(at)).get(name, "")) for at in range(len(found))]
    return found.take(sorted(range(len(found)), key=values.__getitem__, reverse=descending))
