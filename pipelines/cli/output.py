"""The output of commands: a table for people, one JSON object for machines, errors with owner and next step."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import typer
from rich.console import Console
from rich.logging import RichHandler
from rich.markdown import Markdown
from rich.table import Table
from rich.text import Text

from pipelines.errors import Explained, RollbookError

_err = Console(stderr=True)


@dataclass(frozen=True)
class Output:
    """Prints a command's result: for a person, or as JSON for a machine."""

    as_json: bool

    def sentence(self, facts: Mapping[str, Any], text: str) -> None:
        """Print one sentence, or `facts` as JSON."""
        if self.as_json:
            self._json(facts)
        else:
            Console().print(_harmless(text))

    def table(
        self, facts: Mapping[str, Any], header: Sequence[str], body: Sequence[Sequence[Any]], title: str = ""
    ) -> None:
        """Print rows as a table, or `facts` as JSON."""
        if self.as_json:
            self._json(facts)
            return
        table = Table(title=_harmless(title) if title else None, title_justify="left")
        for name in header:
            table.add_column(
                name, justify="right" if name in {"seconds", "changes", "run"} else "left", overflow="fold"
            )
        for row in body:
            table.add_row(*(_harmless(str(cell)) for cell in row))
        Console().print(table)

    def markdown(self, facts: Mapping[str, Any], page: str) -> None:
        """Print a Markdown page, or `facts` as JSON."""
        if self.as_json:
            self._json(facts)
        else:
            Console().print(Markdown(_harmless(page).plain))

    @contextmanager
    def step_log(self) -> Iterator[None]:
        """Print what the steps log, on standard error while they run. With JSON output, print no logs."""
        if self.as_json:
            yield
            return
        handler = RichHandler(console=_err, show_path=False, markup=False)
        log = logging.getLogger("pipelines")
        log.addHandler(handler)
        log.setLevel(logging.INFO)
        try:
            yield
        finally:
            log.removeHandler(handler)

    def _json(self, facts: Mapping[str, Any]) -> None:
        typer.echo(json.dumps(facts, default=str, ensure_ascii=False))


@contextmanager
def errors_printed(as_json: bool) -> Iterator[None]:
    """Print a Rollbook error as its sentence and exit with its code.

    If an error is unexpected, print only its type and place, because its message may quote a row. Then exit with 1.
    """
    try:
        yield
    except RollbookError as error:
        _print_error(as_json, error.explained.facts(), str(error))
        raise typer.Exit(error.exit_code) from None
    except (typer.Exit, typer.Abort, KeyboardInterrupt):
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, its message may quote a row
        what = f"{type(error).__name__} at {_place(error)}"
        explained = Explained("UNEXPECTED", what, "data engineer", "report the type and place of the error")
        _print_error(as_json, explained.facts(), str(explained))
        raise typer.Exit(1) from None


def _print_error(as_json: bool, facts: Mapping[str, Any], sentence: str) -> None:
    if as_json:
        typer.echo(json.dumps({"error": facts}, default=str, ensure_ascii=False))
    _err.print(_harmless(sentence), style="red")


def _harmless(text: str) -> Text:
    """Return text that is safe for a terminal.

    Files are hostile: the text is never read as markup, and characters that control the terminal are replaced.
    """
    return Text("".join(letter if letter.isprintable() or letter == "\n" else "\ufffd" for letter in text))


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}" if trace else "an unknown place"
