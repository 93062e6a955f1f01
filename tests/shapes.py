"""The documented shapes of what commands print as JSON (docs/json.md)."""

from __future__ import annotations

import json
import re
from typing import Any

from pipelines.settings import PROJECT


def documented(command: str) -> Any:
    """Return the example of a command in docs/json.md."""
    page = (PROJECT / "docs" / "json.md").read_text(encoding="utf-8")
    _, found, section = page.partition(f"\n## {command}\n")
    assert found, command
    return json.loads(section.partition("```json\n")[2].partition("```")[0])


def assert_shape(actual: Any, example: Any, place: str = "") -> None:
    """Check that a document has the same keys and types as the example, at all levels."""
    if example == "any":
        return
    if actual is None:
        assert isinstance(example, str), place
        assert example.endswith("or null"), place
    elif example == "true or null":
        assert type(actual) is bool, place
    elif isinstance(example, dict):
        assert isinstance(actual, dict), place
        if "…" not in example:
            assert actual.keys() == example.keys(), place
        for name, value in actual.items():
            assert_shape(value, example.get(name, example.get("…")), f"{place}.{name}")
    elif isinstance(example, list):
        assert isinstance(actual, list), place
        for value in actual:
            assert_shape(value, example[0], f"{place}[]")
    elif isinstance(example, float):
        assert type(actual) in (int, float), place
    else:
        number = isinstance(example, str) and re.fullmatch(r"\d+ or null", example)
        assert type(actual) is (int if number else type(example)), place
