"""Where rosters come from: one module per source, and what they share.

`tabular/` reads one local file of any of the four formats; `remote.py` finds and fetches files wherever they lie;
`layouts/` says what their columns mean.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any

from pipelines.errors import SettingsInvalid
from pipelines.settings import SourceSettings, of_kind


def module_of(kind: str) -> ModuleType:
    """The module of a source's kind: adding a source is adding one. Raises SettingsInvalid when there is none."""
    unknown = SettingsInvalid(f"there is no source of kind {kind!r}", fix="correct kind: in the settings")
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
    """Read a source's settings as its module means them: an instance of that module's `Settings`."""
    return of_kind(module_of(source.kind).Settings, source)
