"""The documents show only existing commands and options of `rollbook`, and the exit codes of the errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from pipelines.cli import app
from pipelines.errors import RollbookError
from pipelines.settings import PROJECT

# Commands that a document may name, although they are not built yet.
_PLANNED = {"match", "purge"}
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`(rollbook(?: [^`]*)?)`", re.DOTALL)
_EXIT_CODES = re.compile(r"Exit codes: (.*?)\n\n", re.DOTALL)
_HISTORY = "CHANGELOG.md"  # describes the past


def documents() -> list[Path]:
    found = [*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")]
    assert len(found) > 15
    return [path for path in found if path.name != _HISTORY]


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(PROJECT)))
def test_every_command_line_in_a_document_is_valid(document: Path) -> None:
    wrong = {line: found for line in command_lines(document) if (found := problem(line))}
    assert not wrong


def test_the_documents_show_every_command() -> None:
    shown = {" ".join(_named(_words(line))[0]) for document in documents() for line in command_lines(document)}
    assert len(shown) > 20
    assert {" ".join(path) for path, _ in _leaves(_root(), ())} <= shown


@pytest.mark.parametrize("line", ["rollbook snyc -d oakdale", "rollbook plan show --rnu 1", "rollbook runs --rows"])
def test_a_misspelt_command_line_is_detected(line: str) -> None:
    assert problem(line)


def test_planned_commands_do_not_exist_yet() -> None:
    assert not _PLANNED & set(_root().commands)


@pytest.mark.parametrize("document", ["README.md", "docs/json.md"])
def test_the_exit_codes_in_a_document_are_those_of_the_errors(document: str) -> None:
    (listed,) = _EXIT_CODES.findall((PROJECT / document).read_text(encoding="utf-8"))
    assert {int(code) for code in re.findall(r"(?:^|[,.]\s)(\d)\b", listed)} == {0, 1, 2} | _exit_codes(RollbookError)


def test_each_exit_code_in_the_runbook_is_that_of_its_error() -> None:
    runbook = (PROJECT / "docs" / "runbook.md").read_text(encoding="utf-8")
    codes = {error.code: error.exit_code for error in reversed([*_errors(RollbookError)])}
    named = 0
    for heading, body in re.findall(r"^#### ([A-Z_]+)$(.*?)(?=^#)", runbook, re.MULTILINE | re.DOTALL):
        for code in re.findall(r"Exit\s+code\s+(\d)", body):
            assert int(code) == codes.get(heading, 1), heading
            named += 1
    assert named > 5


def command_lines(document: Path) -> Iterator[str]:
    """Yield each command line of a document that begins with `rollbook`: in fenced blocks and between backticks."""
    page = document.read_text(encoding="utf-8")
    for block in _FENCE.findall(page):
        yield from (line for line in block.splitlines() if line.startswith("rollbook "))
    # In a table's cell the bar of a choice is escaped.
    yield from (" ".join(span.split()).replace("\\|", "|") for span in _SPAN.findall(_FENCE.sub("", page)))


def problem(line: str) -> str:
    """Return what is wrong with a command line; empty if it is valid."""
    words = _words(line)
    named, command, rest = _named(words)
    if rest and not named and rest[0] in _PLANNED:
        return ""
    if hasattr(command, "commands"):
        return f"no such command: {rest[0]}" if rest and not rest[0].startswith("…") else ""
    options = {name: option for option in command.params for name in (*option.opts, *option.secondary_opts)}
    values = iter(rest)
    for word in values:
        name = word.partition("=")[0].rstrip("…")
        if name and name.startswith("-") and name not in options:
            return f"no such option: {name}"
        if name in options and not options[name].is_flag and "=" not in word and next(values, None) is None:
            return f"{name} needs a value"
        if not name.startswith("-") and name:
            return f"not an option: {word}"
    return ""


def _words(line: str) -> list[str]:
    """Return the words of a line without the signs of a synopsis: `[--school ID]…`, `(--class ID \\| --school ID)`."""
    plain = re.sub(r"\s#\s.*$", "", line)
    plain = re.sub(r'"[^"]*"', "TEXT", plain)
    return [word for word in re.sub(r"[\[\]()|;,]|(?<=\])…|…$", " ", plain).split()[1:] if word != "…"]


def _named(words: list[str]) -> tuple[tuple[str, ...], Any, list[str]]:
    """Return the command that the words name, and the words after it."""
    named: tuple[str, ...] = ()
    command, rest = _root(), words
    while rest and rest[0] in getattr(command, "commands", {}):
        command, named, rest = command.commands[rest[0]], (*named, rest[0]), rest[1:]
    return named, command, rest


def _root() -> Any:
    return typer.main.get_command(app)


def _leaves(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, command
        return
    for name, one in inner.items():
        yield from _leaves(one, (*path, name))


def _errors(kind: type[RollbookError]) -> Iterator[type[RollbookError]]:
    yield kind
    for one in kind.__subclasses__():
        yield from _errors(one)


def _exit_codes(kind: type[RollbookError]) -> set[int]:
    return {error.exit_code for error in _errors(kind)}
