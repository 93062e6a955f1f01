"""Read activities and scores from gradebook sources: one module per source, each returning a `book.Book`."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any

from pipelines.errors import SettingsInvalid
from pipelines.settings import SourceSettings, of_kind

KINDS = ("grade_file", "oneroster_csv", "classlink")


def module_of(kind: str) -> ModuleType:
    """Return the module of a gradebook source's kind. Raises SettingsInvalid if there is none."""
    if kind not in KINDS:
        raise SettingsInvalid(
            f"Rollbook has no gradebook source of kind {kind!r}", fix=f"correct kind: to one of {', '.join(KINDS)}"
        )
    return import_module(f"pipelines.sources.gradebooks.{kind}")


def configured(source: SourceSettings) -> Any:
    """Return a source's settings as an instance of its module's `Settings`."""
    return of_kind(module_of(source.kind).Settings, source)
