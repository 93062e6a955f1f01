"""Cut text into blocks of whole records, each with the physical line on which it begins, whatever its quotes.

The rules of quoting are pyarrow's and Python's. A quote opens a value only as the value's first character. The next
quote that is not doubled closes the value. Python and pyarrow would silently join what follows to the value
(`"R "Bob" S"`): such a record is marked broken. If such a value contains line ends, a quote was left open, and the file
is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from pipelines.errors import ContractBroken, Place, SourceIncomplete

LONGEST_RECORD = 1 << 20  # bytes; a longer record has an open quote, or is not from a roster
_QUOTE, _NEWLINE = ord('"'), ord("\n")
_OWNER = "export script owner"
_FIX = "double the quotes inside values, and close every quoted value"

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Block:
    """Whole records, blank ones too: their bytes, each record's start and line, and the records with broken quotes."""

    data: bytes
    starts: Positions
    lines: Positions
    broken: tuple[int, ...]

    def record(self, index: int) -> str:
        """Return one record's text, without its line end."""
        end = self.starts[index + 1] if index + 1 < len(self.starts) else len(self.data)
        return self.data[self.starts[index] : end].decode("utf-8").removesuffix("\n")


def blocks(chunks: Iterable[bytes], delimiter: str, file: str) -> Iterator[Block]:
    """Cut chunks of UTF-8 text with `\\n` line ends into blocks.

    Raises `ContractBroken` if a quote is closed inside another value, or if a record is longer than `LONGEST_RECORD`.
    Raises `SourceIncomplete` if the file ends inside a quoted value.
    """
    rest, line = b"", 1
    for chunk in chunks:
        data = rest + chunk
        cut = _cut(data, delimiter, file, line)
        if cut.end:
            yield _block(data, cut, line)
            line += int(np.searchsorted(cut.newlines, cut.end))
        rest = data[cut.end :]
        if len(rest) > LONGEST_RECORD:
            raise _endless(cut, file, line)
    if rest:
        data = rest + b"\n"
        cut = _cut(data, delimiter, file, line)
        if cut.open_at is not None:
            raise SourceIncomplete(
                "the file ends inside a quoted value that begins here",
                place=Place(file, line + int(np.searchsorted(cut.newlines, cut.open_at))),
                owner=_OWNER,
                fix="deliver the complete file again, with a closing quote for every quoted value",
            )
        yield _block(data, cut, line)


@dataclass(frozen=True)
class _Cut:
    newlines: Positions  # every line end
    ends: Positions  # the line ends that end a record
    open_at: int | None  # the position of a quote that is not closed yet
    broken: tuple[int, ...]  # offsets of the records whose quotes are not well formed

    @property
    def end(self) -> int:
        return int(self.ends[-1]) + 1 if len(self.ends) else 0


def _block(data: bytes, cut: _Cut, line: int) -> Block:
    starts = np.concatenate([np.zeros(1, np.int64), cut.ends[:-1] + 1])
    broken = tuple(int(at) for at in np.searchsorted(starts, np.array(cut.broken, np.int64)))
    return Block(data[: cut.end], starts, line + np.searchsorted(cut.newlines, starts), broken)


def _endless(cut: _Cut, file: str, line: int) -> ContractBroken:
    if cut.open_at is None:
        what, at = "a line is longer than a megabyte", line
    else:
        what, at = "a quoted value begins here and has no closing quote", line + _line_of(cut, cut.open_at)
    return ContractBroken(what, place=Place(file, at), owner=_OWNER, fix=_FIX)


def _line_of(cut: _Cut, offset: int) -> int:
    """Count the line ends before an offset within the record that is still open."""
    return int(np.searchsorted(cut.newlines, offset) - np.searchsorted(cut.newlines, cut.end))


def _cut(data: bytes, delimiter: str, file: str, line: int) -> _Cut:
    characters = np.frombuffer(data, np.uint8)
    newlines = np.flatnonzero(characters == _NEWLINE)
    if b'"' not in data:
        return _Cut(newlines, newlines, None, ())
    quotes = np.flatnonzero(characters == _QUOTE)
    if _well_formed(characters, quotes, ord(delimiter)):
        open_at = int(quotes[-1]) if len(quotes) % 2 else None
        return _Cut(newlines, newlines[np.searchsorted(quotes, newlines) % 2 == 0], open_at, ())
    before = np.where(quotes > 0, characters[quotes - 1], _NEWLINE)
    opening = quotes[(before == ord(delimiter)) | (before == _NEWLINE)]
    return _cut_by_hand(data, newlines, opening, delimiter, Place(file, line))


def _well_formed(characters: npt.NDArray[np.uint8], quotes: Positions, delimiter: int) -> bool:
    """Return whether quotes alternate: each opening quote begins a value; each closing quote ends it or is doubled."""
    opening, closing = quotes[0::2], quotes[1::2]
    around = np.concatenate(
        [characters[opening[opening > 0] - 1], characters[closing[closing < len(characters) - 1] + 1]]
    )
    return bool(((around == delimiter) | (around == _NEWLINE) | (around == _QUOTE)).all())


def _cut_by_hand(data: bytes, newlines: Positions, opening: Positions, delimiter: str, place: Place) -> _Cut:
    """Follow the quotes value by value, on the lines where a quote may open a value."""
    inside = np.zeros(len(newlines), bool)  # line ends that are part of a value
    broken: list[int] = []
    end = 0
    for index in np.unique(np.searchsorted(newlines, opening)):
        start = int(newlines[index - 1]) + 1 if index else 0
        if start < end:
            continue  # this line is within a record that was already followed
        followed = _follow(data, start, delimiter)
        if followed.open_at is not None:
            return _Cut(newlines, newlines[:index][~inside[:index]], followed.open_at, tuple(broken))
        if followed.glued_at is not None:
            raise ContractBroken(
                "a quoted value begins here and ends in the middle of another value",
                place=Place(place.file, (place.line or 1) + int(np.searchsorted(newlines, followed.glued_at))),
                owner=_OWNER,
                fix=_FIX,
            )
        end = followed.end
        inside[index : np.searchsorted(newlines, end - 1)] = True
        if followed.is_broken and data.endswith(b"\n", 0, end):  # else the record is incomplete: the next cut has it
            broken.append(start)
    return _Cut(newlines, newlines[~inside], None, tuple(broken))


@dataclass(frozen=True)
class _Followed:
    end: int  # where the next record begins
    open_at: int | None = None  # the position of a quote that is never closed
    glued_at: int | None = None  # the start of a value that continues over line ends into another value
    is_broken: bool = False


def _follow(data: bytes, start: int, delimiter: str) -> _Followed:
    value, at, is_broken = _value(delimiter), start, False
    while found := value.match(data, at):
        opened, closed, glued, end = found.groups()
        if opened and not closed:
            break
        if opened and glued:
            is_broken = True
            if b"\n" in data[at : found.end(2)]:
                return _Followed(len(data), glued_at=at)
        at = found.end()
        if end in (b"\n", b""):
            return _Followed(at, is_broken=is_broken)
    return _Followed(len(data), open_at=at)


@cache
def _value(delimiter: str) -> re.Pattern[bytes]:
    """Return a pattern of one value and its end; for a quoted value, also its closing quote and what follows it."""
    return re.compile(rb'(")?(?(1)(?:[^"]++|"")*+("?))([^%b\n]*+)(.?)' % re.escape(delimiter.encode()), re.DOTALL)
