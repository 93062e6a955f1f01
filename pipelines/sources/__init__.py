"""Read rosters from their sources: one module for each kind of source, and the code that the kinds share.

`tabular/` reads one local file of any of the four formats. `remote.py` finds and fetches local and remote files.
`layouts/` defines what the files' columns mean.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any

from pipelines.errors import SettingsInvalid
from pipelines.settings import SourceSettings, of_kind


def module_of(kind: str) -> ModuleType:
    """Return the module of a source's kind: a new kind needs only a new module.

    Raises SettingsInvalid if no module has this kind.
    """
    unknown = SettingsInvalid(f"Rollbook has no source of kind {kind!r}", fix="correct kind: in the settings")
    try:
        module = import_module(f"pipelines.sources.{kind}")
    except ModuleNotFoundError as error:
        if error.name != f"pipelines.sources.{kind}":
            raise
        raise unknown from None
    if getattr(module, "KIND", None) != kind:
        raise unknown
    return module


def configured(source: SourceSettings) -> Any:
    """Return a source's settings as an instance of its module's `Settings`."""
    return of_kind(module_of(source.kind).Settings, source)
