"""Where activities and scores come from: one module per source, each giving a `book.Book`."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any

from pipelines.errors import SettingsInvalid
from pipelines.settings import SourceSettings, of_kind

KINDS = ("grade_file", "oneroster_csv", "classlink")


def module_of(kind: str) -> ModuleType:
    """The module of a gradebook source's kind. Raises SettingsInvalid when there is none."""
    if kind not in KINDS:
        raise SettingsInvalid(
            f"there is no gradebook source of kind {kind!r}", fix=f"correct kind: to one of {', '.join(KINDS)}"
        )
    return import_module(f"pipelines.sources.gradebooks.{kind}")


def configured(source: SourceSettings) -> Any:
    """Read a source's settings as its module means them: an instance of that module's `Settings`."""
    return of_kind(module_of(source.kind).Settings, source)
