"""Detect a text file's encoding, and yield its text as UTF-8 with `\\n` line ends, in chunks. Reports what it detects.

A byte order mark decides. Without a mark, a file is UTF-16 if nearly every other byte of its beginning is NUL, else
UTF-8 if all its bytes are valid UTF-8, else Windows-1252. A file that is mostly valid UTF-8 is not read as
Windows-1252, because that would misspell most names.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipelines.errors import ContractBroken, Place, SourceIncomplete

CHUNK = 1 << 21
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: this mark begins with UTF-16's mark
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_OWNER = "export script owner"
_FIX = "export the file as UTF-8"


@dataclass(frozen=True)
class Encoding:
    """The encoding of a file's bytes."""

    name: str  # a Python codec
    mark: bytes = b""  # the byte order mark it begins with

    @property
    def announced(self) -> str:
        """Return the encoding's name in the report."""
        return {"cp1252": "Windows-1252"}.get(self.name, self.name.upper())


def detect(path: Path, file: str) -> Encoding:
    """Return a file's encoding. Raises `ContractBroken` if the file is UTF-32."""
    with path.open("rb") as stream:
        head = stream.read(4096)
    for mark, name in _BOMS:
        if head.startswith(mark):
            if name == "utf-32":
                raise ContractBroken("the file is UTF-32", place=Place(file), owner=_OWNER, fix=_FIX)
            return Encoding(name, mark)
    if guessed := _utf_16(head):
        return Encoding(guessed)
    return Encoding("utf-8") if _is_utf_8(path) else _windows_or_mixed(path, file)


def text(path: Path, encoding: Encoding, file: str) -> Iterator[bytes]:
    """Yield the file as UTF-8 with `\\n` for every line end, without its byte order mark.

    Raises `ContractBroken` at the first line that is not valid in this encoding or holds a NUL byte. Raises
    `SourceIncomplete` if the file ends in the middle of a character.
    """
    lines, held = 1, b""
    for chunk in _utf_8(path, encoding, file):
        if b"\0" in chunk:
            line = lines + chunk[: chunk.index(b"\0")].count(b"\n")
            raise ContractBroken("the file contains NUL bytes", place=Place(file, line), owner=_OWNER, fix=_FIX)
        whole = held + chunk
        held = b""
        if b"\r" in whole:
            if whole.endswith(b"\r"):  # perhaps the first half of \r\n
                whole, held = whole[:-1], b"\r"
            whole = whole.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        lines += whole.count(b"\n")
        yield whole
    if held:
        yield b"\n"


def _utf_8(path: Path, encoding: Encoding, file: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding.name)("strict")
    line = 1
    with path.open("rb") as stream:
        stream.seek(len(encoding.mark))
        while True:
            chunk = stream.read(CHUNK)
            pending = decoder.getstate()[0]
            if encoding.name == "utf-8" and chunk and not pending:
                whole, cut = _whole_characters(chunk)
                if valid(whole):
                    line += whole.count(b"\n")
                    decoder.decode(cut)
                    yield whole
                    continue
            try:
                decoded = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                raise _undecodable(encoding, file, line, pending + chunk, error) from None
            if not chunk:
                return
            line += decoded.count("\n")
            # If the chunk's edges cut no character, valid UTF-8 need not be encoded again.
            as_read = encoding.name == "utf-8" and not pending and not decoder.getstate()[0]
            yield chunk if as_read else decoded.encode("utf-8")


def _undecodable(
    encoding: Encoding, file: str, line: int, data: bytes, error: UnicodeDecodeError
) -> ContractBroken | SourceIncomplete:
    place = Place(file, line + data[: error.start].decode(encoding.name, "replace").count("\n"))
    if "end of data" in error.reason or "truncated" in error.reason:
        return SourceIncomplete(
            "the file ends in the middle of a character",
            place=place,
            owner=_OWNER,
            fix="deliver the complete file again",
        )
    return ContractBroken(
        f"the file contains bytes that are not {encoding.announced}", place=place, owner=_OWNER, fix=_FIX
    )


def _utf_16(head: bytes) -> str | None:
    """Return the codec of UTF-16 without a mark, or None if the file is not UTF-16.

    A header row is nearly all ASCII, so one byte of each pair is NUL.
    """
    even, odd = head[0::2], head[1::2]
    if len(head) < 4 or b"\0" not in head:
        return None
    if odd.count(0) > 0.7 * len(odd) and even.count(0) < 0.1 * len(even):
        return "utf-16-le"
    if even.count(0) > 0.7 * len(even) and odd.count(0) < 0.1 * len(odd):
        return "utf-16-be"
    return None


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            yield chunk


def _is_utf_8(path: Path) -> bool:
    held = b""
    for chunk in _chunks(path):
        whole, held = _whole_characters(held + chunk)
        if not valid(whole):
            return False
    return not held


def valid(data: bytes) -> bool:
    """Return whether bytes are valid UTF-8: Arrow checks many bytes at a time, and builds no string."""
    offsets = pa.py_buffer(np.array([0, len(data)], np.int32))
    try:
        pa.StringArray.from_buffers(1, offsets, pa.py_buffer(data)).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _whole_characters(data: bytes) -> tuple[bytes, bytes]:
    """Split off the last character if it may continue in the next chunk."""
    end = len(data)
    while end > max(len(data) - 4, 0) and data[end - 1] & 0xC0 == 0x80:
        end -= 1
    if end and data[end - 1] >= 0xC0:
        end -= 1
        length = 2 if data[end] < 0xE0 else 3 if data[end] < 0xF0 else 4
        if len(data) - end >= length:
            return data, b""
        return data[:end], data[end:]
    return data, b""


def _windows_or_mixed(path: Path, file: str) -> Encoding:
    """Return Windows-1252, unless most of what is not ASCII is valid UTF-8.

    In that case the file is UTF-8, and a few bytes, or the end, are broken.
    """
    characters = strays = 0
    for chunk in _chunks(path):
        ascii_bytes = int(np.count_nonzero(np.frombuffer(chunk, np.uint8) < 128))
        valid = chunk.decode("utf-8", "ignore")
        characters += len(valid) - ascii_bytes
        strays += len(chunk) - len(valid.encode("utf-8"))
    # If the result is UTF-8, strict reading later reports the line of the first broken byte.
    return Encoding("utf-8") if characters >= strays and characters else Encoding("cp1252")
