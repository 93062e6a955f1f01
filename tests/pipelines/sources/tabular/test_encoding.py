"""Encodings are detected and reported; invalid bytes are refused by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.errors import ContractBroken, RollbookError, SourceIncomplete
from pipelines.sources.tabular import encoding
from pipelines.sources.tabular.encoding import detect, text

TEXT = "id,name\n1,José\n2,Zoë\n"


def found(path: Path, content: bytes) -> tuple[str, bool, str]:
    path.write_bytes(content)
    detected = detect(path, "f")
    return detected.announced, bool(detected.mark), b"".join(text(path, detected, "f")).decode()


def refused(path: Path, content: bytes) -> RollbookError:
    path.write_bytes(content)
    with pytest.raises(RollbookError) as error:
        list(text(path, detect(path, "f"), "f"))
    return error.value


@pytest.mark.parametrize(
    ("codec", "announced", "mark"),
    [
        ("utf-8", "UTF-8", False),
        ("utf-8-sig", "UTF-8", True),
        ("utf-16", "UTF-16-LE", True),
        ("utf-16-le", "UTF-16-LE", False),
        ("utf-16-be", "UTF-16-BE", False),
        ("cp1252", "Windows-1252", False),
    ],
)
@pytest.mark.parametrize("chunk", [3, 7, 1 << 21])
def test_an_encoding_is_detected_and_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, codec: str, announced: str, mark: bool, chunk: int
) -> None:
    monkeypatch.setattr(encoding, "CHUNK", chunk)
    assert found(tmp_path / "f", TEXT.encode(codec)) == (announced, mark, TEXT)


@pytest.mark.parametrize("chunk", [1, 2, 5, 1 << 21])
def test_every_kind_of_line_end_becomes_a_newline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(encoding, "CHUNK", chunk)
    assert found(tmp_path / "f", b"a\r\nb\rc\nd\r\r\ne\r")[2] == "a\nb\nc\nd\n\ne\n"


def test_curly_quotes_in_windows_1252_are_read(tmp_path: Path) -> None:
    assert found(tmp_path / "f", "1,O\u2019Neil\n".encode("cp1252"))[::2] == ("Windows-1252", "1,O\u2019Neil\n")


def test_a_file_of_mostly_valid_utf_8_is_not_read_as_windows_1252(tmp_path: Path) -> None:
    error = refused(tmp_path / "f", TEXT.encode() + b"3,Andr\xe9\n")
    assert isinstance(error, ContractBroken)
    assert error.place.line == 4


def test_bytes_undefined_in_windows_1252_are_refused_by_line(tmp_path: Path) -> None:
    error = refused(tmp_path / "f", b"id,name\n1,Andr\xe9\n2,\x81\x8d\n")
    assert (type(error), error.place.line) == (ContractBroken, 3)


def test_nul_bytes_are_refused_by_line(tmp_path: Path) -> None:
    error = refused(tmp_path / "f", b"id,name\n1,Ann\n2,B\0\n")
    assert (type(error), error.place.line) == (ContractBroken, 3)


@pytest.mark.parametrize("codec", ["utf-8", "utf-16"])
def test_a_file_that_ends_inside_a_character_is_incomplete(tmp_path: Path, codec: str) -> None:
    error = refused(tmp_path / "f", (TEXT + "3,é").encode(codec)[:-1])
    assert (type(error), error.place.line) == (SourceIncomplete, 4)


def test_half_a_surrogate_is_refused_by_line(tmp_path: Path) -> None:
    error = refused(tmp_path / "f", b"\xff\xfe" + "a\nb".encode("utf-16-le") + b"\x00\xd8" + "c".encode("utf-16-le"))
    assert (type(error), error.place.line) == (ContractBroken, 2)


def test_utf_32_is_refused_by_name(tmp_path: Path) -> None:
    assert "UTF-32" in str(refused(tmp_path / "f", TEXT.encode("utf-32")))
