"""Find our fields among a file's columns: match a header row with the columns that a layout expects (GC-02)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from pipelines.errors import ContractBroken, Place, SettingsInvalid

# Spaces of all widths, zero-width characters and byte order marks are \s or listed; none of them has a meaning.
_UNMEANT = re.compile(r"[\s._\-\u00a0\u00ad\u180e\u200b-\u200f\u2060\ufeff]+")
_FIX = "correct the export's header, or name the file's header in the district's columns:"


@dataclass(frozen=True)
class Columns:
    """The columns that a layout expects. `named` maps our field to their header and overrides the field's own name.

    `ids` are the fields in which a number-formatted, date, float or boolean spreadsheet cell is a defect.
    """

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    named: Mapping[str, str] = field(default_factory=dict)
    ids: frozenset[str] = frozenset()

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the required fields, then the optional fields."""
        return self.required + self.optional


@dataclass(frozen=True)
class Matched:
    """The result of matching a header: the position of each of our fields, ignored headers, absent optional fields."""

    positions: Mapping[str, int]
    width: int
    ignored: tuple[str, ...]
    absent: tuple[str, ...]


def simplify(header: str) -> str:
    """Return a header without case, spaces, dots, underscores, hyphens and invisible characters."""
    return _UNMEANT.sub("", header).casefold()


def count_matches(header: Sequence[str], columns: Columns) -> int:
    """Count the fields that a row would name as a header; the likeliest delimiter and header row name the most."""
    simplified = {simplify(cell) for cell in header}
    return sum(simplify(columns.named.get(name, name)) in simplified for name in columns.fields)


def match(header: Sequence[str], columns: Columns, file: str, line: int = 1) -> Matched:
    """Return every field's position, or raise `ContractBroken` that names each missing or doubled column.

    Raises `SettingsInvalid` if `named` has an unknown field or one header twice.

    The error suggests a header of the file only if it is close to a missing one. If the file has no header row, its
    first row is data, and an error never repeats data.
    """
    place = Place(file, line)
    _check_named(columns)
    where: dict[str, list[int]] = {}
    for position, cell in enumerate(header):
        where.setdefault(simplify(cell), []).append(position)
    wanted = {name: columns.named.get(name, name) for name in columns.fields}
    found = {name: where[simplify(theirs)] for name, theirs in wanted.items() if simplify(theirs) in where}
    needed = [name for name in columns.fields if name in columns.required or name in columns.named]
    missing = [name for name in needed if name not in found]
    taken = {position for positions in found.values() for position in positions}
    spare = [cell.strip() for position, cell in enumerate(header) if position not in taken and simplify(cell)]
    if missing:
        names = "; ".join(_describe_missing(name, wanted[name], spare, columns) for name in missing)
        raise ContractBroken(f"missing columns: {names}", place=place, owner="export script owner", fix=_FIX)
    doubled = [wanted[name] for name, positions in found.items() if len(positions) > 1]
    if doubled:
        raise ContractBroken(
            f"more than one column has the header {', '.join(map(repr, doubled))}",
            place=place,
            owner="export script owner",
            fix="remove or rename the repeated column",
        )
    return Matched(
        positions={name: positions[0] for name, positions in found.items()},
        width=len(header),
        ignored=tuple(spare),
        absent=tuple(name for name in columns.optional if name not in found),
    )


def _check_named(columns: Columns) -> None:
    for name in columns.named:
        if name not in columns.fields:
            close = get_close_matches(name, columns.fields, n=1)
            hint = f", did you mean {close[0]!r}?" if close else ""
            raise SettingsInvalid(f"columns: {name!r} is not a field of this layout{hint}", fix="correct columns:")
    theirs = [simplify(header) for header in columns.named.values()]
    if len(set(theirs)) < len(theirs):
        raise SettingsInvalid("columns: two fields name the same header", fix="correct columns:")


def _describe_missing(name: str, theirs: str, spare: Sequence[str], columns: Columns) -> str:
    simple = {simplify(cell): cell for cell in spare}
    close = get_close_matches(simplify(theirs), simple, n=1)
    text = repr(name) if name not in columns.named else f"{name!r} (named {theirs!r} in columns:)"
    return text + (f", did you mean {simple[close[0]]!r}?" if close else "")
