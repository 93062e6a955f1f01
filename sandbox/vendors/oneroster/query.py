"""OneRoster's query parameters: limit, offset, sort, orderBy, filter, fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.vendors.oneroster import shapes
from sandbox.vendors.oneroster.rows import Row

_USUAL = 100
_CLAUSE = re.compile(r"\s*([\w.]+)\s*(!=|>=|<=|=|>|<|~)\s*'([^']*)'\s*")
_JOIN = re.compile(r"'\s+(AND|OR)\s+")


class Refused(Exception):
    """A request that isn't answered, with the minor code that the standard has for it."""

    def __init__(self, status: int, code: str, description: str) -> None:
        super().__init__(description)
        self.status, self.code = status, code


@dataclass(frozen=True)
class Query:
    """A list's parameters, read. `warning` is what 1.1 complains of and answers all the same."""

    limit: int
    offset: int
    sort: str
    descending: bool
    filter: str
    fields: tuple[str, ...]
    warning: str = ""


def read(kind: str, given: Mapping[str, str], version: str, most: int) -> Query:
    """Read the parameters of a list of this kind; a limit that is too high is cut."""
    limit, offset = _number(given, "limit", _USUAL, 1), _number(given, "offset", 0, 0)
    known, warning = shapes.fields(kind), ""
    sort, fields = given.get("sort", ""), tuple(given.get("fields", "").split(",")) if "fields" in given else ()
    if sort and sort.partition(".")[0] not in known:
        sort, warning = _complain(version, "invalid_sort_field", "sort")
    if fields and not all(fields):
        raise Refused(400, "invalid_blank_selection_field" if version == "1.1" else "invalid_selection_field", "fields")
    if any(name not in known for name in fields):
        _, warning = _complain(version, "invalid_selection_field", "fields")
        fields = ()
    condition = given.get("filter", "")
    if condition:
        compile_filter(kind, condition)
    return Query(min(limit, most), offset, sort, given.get("orderBy") == "desc", condition, fields, warning)


def _complain(version: str, code: str, name: str) -> tuple[str, str]:
    """1.1 answers with a warning what 1.2 refuses."""
    if version == "1.2":
        raise Refused(400, "invaliddata" if name == "sort" else code, f"{name} names an unknown field")
    return "", code


def _number(given: Mapping[str, str], name: str, usual: int, least: int) -> int:
    text = given.get(name, str(usual))
    if not text.isdigit() or int(text) < least:
        raise Refused(400, "invaliddata", f"{name} has to be a number from {least} on")
    return int(text)


def compile_filter(kind: str, text: str) -> Callable[[Row], bool]:
    """A filter of one or two clauses as a function of a row. 400: an unknown field, or no filter at all."""
    joined = _JOIN.search(text)
    parts = [text[: joined.start() + 1], text[joined.end() :]] if joined else [text]
    clauses = [_compile_clause(kind, part) for part in parts]
    if joined and joined.group(1) == "OR":
        return lambda row: any(clause(row) for clause in clauses)
    return lambda row: all(clause(row) for clause in clauses)


def _compile_clause(kind: str, text: str) -> Callable[[Row], bool]:
    match = _CLAUSE.fullmatch(text)
    if not match:
        raise Refused(400, "invaliddata", "the filter can't be read")
    name, operator, wanted = match.groups()
    path = name.split(".")
    if path[0] not in shapes.fields(kind):
        raise Refused(400, "invalid_filter_field", "filter names an unknown field")
    compare = _OPERATORS[operator]
    return lambda row: any(compare(value, wanted) for value in _values(row, path))


def _values(value: Any, path: list[str]) -> list[str]:
    """All texts at a path; a list stands for each of its members."""
    if isinstance(value, list):
        return [found for one in value for found in _values(one, path)]
    if not path:
        return [value] if isinstance(value, str) else []
    return _values(value.get(path[0]), path[1:]) if isinstance(value, dict) else []


_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "=": lambda value, wanted: value == wanted,
    "!=": lambda value, wanted: value != wanted,
    ">": lambda value, wanted: value > wanted,
    ">=": lambda value, wanted: value >= wanted,
    "<": lambda value, wanted: value < wanted,
    "<=": lambda value, wanted: value <= wanted,
    "~": lambda value, wanted: wanted.lower() in value.lower(),
}
