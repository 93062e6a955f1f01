"""The documents are plain English: the field's words, in lines that fit a screen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipelines.settings import PROJECT

_CODE = re.compile(r"^```.*?^```|`[^`]+`|\]\([^)]*\)", re.MULTILINE | re.DOTALL)
_WIDEST = 125
# Each has a plain word in docs/glossary.md.
_DIALECT = (
    r"mend(?:s|ed|ing)?",
    r"waits? for a person",
    r"at its place",
    r"t(?:ake|akes|aken|ook) back",
    r"whose turn",
    r"accus\w+",
    r"likeness",
    r"errand",
    r"retry_policy",
    r"foresaw|unforeseen",
)


def documents() -> list[Path]:
    found = sorted((PROJECT / "docs").rglob("*.md"))
    assert len(found) > 30
    return found


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(PROJECT)))
def test_a_document_says_the_fields_words(document: Path) -> None:
    if document.name == "glossary.md":  # which lists the words not to say
        return
    prose = _CODE.sub("", document.read_text(encoding="utf-8"))
    said = [found[0] for word in _DIALECT for found in re.finditer(rf"\b(?:{word})\b", prose, re.IGNORECASE)]
    assert said == []


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(PROJECT)))
def test_prose_is_wrapped(document: Path) -> None:
    if document.name == "performance.md":  # whose lines about machines are made of what was measured
        document = PROJECT / "bench" / "performance.template.md"
    page = re.sub(r"^```.*?^```", "", document.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    assert [line for line in page.splitlines() if len(line) > _WIDEST and not line.startswith(("|", "`"))] == []


def test_the_glossary_has_each_word_once() -> None:
    listed = re.findall(
        r"^- \*\*(.+?)\*\*", (PROJECT / "docs" / "glossary.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert len(listed) > 80
    assert len(listed) == len(set(listed))
