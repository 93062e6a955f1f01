"""Every path of the project that a document names between backticks exists; `*` and `<placeholder>` match anything."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipelines.settings import PROJECT

_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_FOLDERS = ("pipelines", "schemas", "sql", "dags", "config", "sandbox", "plugins", "bench", "tests", "docs", r"\.ci")
_PATH = re.compile(rf"(?:{'|'.join(_FOLDERS)})/[\w./*<>-]*")
_PLACEHOLDER = re.compile(r"<\w+>|(?<=/)N{2,}(?=_)")


def documents() -> list[Path]:
    found = [*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md"), *(PROJECT / "bench").glob("*.md")]
    assert len(found) > 15
    return [path for path in found if path.name != "CHANGELOG.md"]


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(PROJECT)))
def test_every_path_that_a_document_names_exists(document: Path) -> None:
    assert [path for path in paths_in(document.read_text(encoding="utf-8")) if not is_there(path)] == []


def test_the_documents_name_more_than_a_hundred_paths() -> None:
    assert sum(len(paths_in(document.read_text(encoding="utf-8"))) for document in documents()) > 100


@pytest.mark.parametrize("path", ["pipelines/nowhere.py", "sql/nowhere/*.sql"])
def test_a_missing_path_is_detected(path: str) -> None:
    assert paths_in(f"see `{path}`") == [path]
    assert not is_there(path)


def paths_in(page: str) -> list[str]:
    """Return the paths between backticks; of `file.py::test_name`, the file."""
    spans = (span.partition("::")[0] for span in _SPAN.findall(_FENCE.sub("", page)))
    return [span for span in spans if _PATH.fullmatch(span)]


def is_there(path: str) -> bool:
    pattern = _PLACEHOLDER.sub("*", path).rstrip("/")
    return next(PROJECT.glob(pattern), None) is not None
