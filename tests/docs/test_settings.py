"""docs/settings.md lists every key of a district's settings file, with the default that the models have."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from pipelines import sources
from pipelines.settings import PROJECT, District, SourceSettings
from pipelines.sources import module_of
from pipelines.sources.gradebooks import KINDS as GRADEBOOKS

_MODULES = (import_module(f"pipelines.sources.{one.name}") for one in iter_modules(sources.__path__))
KINDS = tuple(module.KIND for module in _MODULES if hasattr(module, "KIND"))
_ROW = re.compile(r"^\| `([^`]+)` \| [^|]+ \| ([^|]+) \|", re.MULTILINE)
# Not in the file: `rollbook sync --course` sets it.
_BY_HAND = {"sources[canvas].course"}


def test_every_settings_key_is_documented_with_its_default() -> None:
    documented = {key: default.strip().strip("`") for key, default in _ROW.findall(_page())}
    expected = dict(keys())
    assert len(expected) > 80
    assert documented.keys() == expected.keys()
    assert documented == expected


def test_no_settings_key_is_documented_twice() -> None:
    listed = [key for key, _ in _ROW.findall(_page())]
    assert len(listed) == len(set(listed))


def test_the_readme_lists_every_kind_of_source() -> None:
    listed = (PROJECT / "README.md").read_text(encoding="utf-8").partition("## Sources")[2].partition("\n## ")[0]
    named = set(re.findall(r"^\| `(\w+)` \|", listed, re.MULTILINE))
    assert named == set(KINDS)


def keys() -> Iterator[tuple[str, str]]:
    """Yield each key as the document writes it, and its default as YAML writes it."""
    shared: dict[str, type] = {}
    yield from _of(District, "", shared)
    yield from _of(SourceSettings, "sources[].", shared)
    common = {*_of(SourceSettings, "", {})}
    for kind in KINDS:
        own = _of(module_of(kind).Settings, f"sources[{kind}].", shared)
        yield from (row for row in own if _short(row) not in common and row[0] not in _BY_HAND)
    for kind in GRADEBOOKS:  # they also have the keys of the roster's source of that kind
        inherited = common | ({*_of(module_of(kind).Settings, "", {})} if kind in KINDS else set())
        own = _of(_gradebook(kind).Settings, f"gradebook.sources[{kind}].", shared)
        yield from (row for row in own if _short(row) not in inherited)
    for name, model in shared.items():
        yield from _of(model, f"{name}.", {})


def _short(row: tuple[str, str]) -> tuple[str, str]:
    return row[0].rpartition("].")[2], row[1]


def _gradebook(kind: str) -> Any:
    return import_module(f"pipelines.sources.gradebooks.{kind}")


def _of(model: type, prefix: str, shared: dict[str, type]) -> Iterator[tuple[str, str]]:
    """Yield the keys of a model and of the models in it. Blocks that every source has go to `shared`."""
    for name, annotation, default in _fields(model):
        inner, place = _inner(annotation)
        if inner is not None and issubclass(model, SourceSettings):
            shared[name] = inner
            continue
        if inner is None or place or default is None:
            yield prefix + name, _written(default)
        if inner is not None and inner is not SourceSettings:
            of_default = default if place == "" and default is not None else None
            yield from _with_defaults(_of(inner, f"{prefix}{name}{place}.", shared), of_default, f"{prefix}{name}.")


def _with_defaults(found: Iterator[tuple[str, str]], default: Any, prefix: str) -> Iterator[tuple[str, str]]:
    """Yield keys with the block's own default, which may differ from its model's: for example `limits.term_start`."""
    for key, written in found:
        value: Any = default
        for part in key.removeprefix(prefix).split("."):
            value = getattr(value, part, PydanticUndefined)
        yield key, written if value is PydanticUndefined else _written(value)


def _fields(model: Any) -> Iterator[tuple[str, Any, Any]]:
    if issubclass(model, BaseModel):
        for name, field in model.model_fields.items():
            yield field.alias or name, field.annotation, field.get_default(call_default_factory=True)
        return
    hints = get_type_hints(model)
    for one in dataclasses.fields(model):
        yield one.name, hints[one.name], one.default


def _inner(annotation: Any) -> tuple[type | None, str]:
    """Return the model within a key's type, and the suffix of the key: `[]` for a list, `.<name>` for a mapping."""
    if isinstance(annotation, type) and (issubclass(annotation, BaseModel) or dataclasses.is_dataclass(annotation)):
        return annotation, ""
    place = {tuple: "[]", dict: ".<name>"}.get(get_origin(annotation), "")
    found = next((inner for inner, _ in map(_inner, get_args(annotation)) if inner is not None), None)
    return found, place


def _written(default: Any) -> str:
    if default is PydanticUndefined:
        return "required"
    if default is None:
        return "none"
    if isinstance(default, tuple):
        return f"[{', '.join(map(str, default))}]"
    if isinstance(default, Mapping):
        return json.dumps(default)
    if isinstance(default, bool | str):
        return json.dumps(default).strip('"') or '""'
    return f"{default:.15g}"


def _page() -> str:
    return (PROJECT / "docs" / "settings.md").read_text(encoding="utf-8")
