"""Errors become exit codes and sentences without a value of a row."""

from __future__ import annotations

import json

import pytest
import typer

from pipelines.cli.output import Output, errors_printed
from pipelines.errors import ContractBroken, HoldRequired, NoSnapshot, Place, SettingsInvalid, SourceUnavailable


@pytest.mark.parametrize(
    ("error", "exit_code"),
    [(SettingsInvalid, 2), (ContractBroken, 3), (HoldRequired, 4), (SourceUnavailable, 5), (NoSnapshot, 0)],
)
def test_each_kind_of_error_has_its_exit_code(error: type[ContractBroken], exit_code: int) -> None:
    with pytest.raises(typer.Exit) as ended, errors_printed(as_json=False):
        raise error("it happened", place=Place("roster.csv", 3), owner="somebody", fix="do this")
    assert ended.value.exit_code == exit_code


def test_an_error_is_printed_with_its_place_owner_and_next_step(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit), errors_printed(as_json=True):
        raise ContractBroken("a column is missing", place=Place("roster.csv", 1, "term"), owner="Ann", fix="add it")
    told = capsys.readouterr()
    assert json.loads(told.out)["error"] == {
        "code": "CONTRACT_BROKEN",
        "what": "a column is missing",
        "file": "roster.csv",
        "line": 1,
        "column": "term",
        "owner": "Ann",
        "fix": "add it",
        "runbook": "docs/runbook.md#contract_broken",
    }
    assert "a column is missing" in " ".join(told.err.split())


def test_an_unexpected_error_is_printed_without_its_message(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended, errors_printed(as_json=True):
        raise ValueError("Milhouse Van Houten")
    assert ended.value.exit_code == 1
    told = capsys.readouterr()
    assert "Milhouse" not in told.out + told.err
    assert "ValueError at test_output.py" in told.out


def test_an_interrupt_is_not_printed_as_an_error() -> None:
    with pytest.raises(KeyboardInterrupt), errors_printed(as_json=False):
        raise KeyboardInterrupt


def test_a_table_shows_brackets_and_replaces_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    Output(as_json=False).table({}, ("name",), [("[red]Al[/]",), ("\x1b]0;title\x07Bo\x9b2J",)], "[/x]")
    told = capsys.readouterr().out
    assert "[red]Al[/]" in told
    assert "Bo" in told
    assert not {"\x1b", "\x07", "\x9b"} & set(told)
