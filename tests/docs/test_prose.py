"""The documents are plain English, in lines that fit a screen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipelines.settings import PROJECT

_CODE = re.compile(r"^```.*?^```|`[^`]+`|\]\([^)]*\)", re.MULTILINE | re.DOTALL)
_WIDEST = 125
# Each has a plain word in docs/glossary.md.
_REPLACED = (
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
def test_a_document_avoids_the_words_that_the_glossary_replaces(document: Path) -> None:
    if document.name == "glossary.md":  # lists the words to avoid
        return
    prose = _CODE.sub("", document.read_text(encoding="utf-8"))
    used = [found[0] for word in _REPLACED for found in re.finditer(rf"\b(?:{word})\b", prose, re.IGNORECASE)]
    assert used == []


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(PROJECT)))
def test_prose_is_wrapped(document: Path) -> None:
    if document.name == "performance.md":  # its lines about machines are generated from measurements
        document = PROJECT / "bench" / "performance.template.md"
    page = re.sub(r"^```.*?^```", "", document.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    assert [line for line in page.splitlines() if len(line) > _WIDEST and not line.startswith(("|", "`"))] == []


def test_the_glossary_defines_each_word_once() -> None:
    listed = re.findall(
        r"^- \*\*(.+?)\*\*", (PROJECT / "docs" / "glossary.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert len(listed) > 80
    assert len(listed) == len(set(listed))
