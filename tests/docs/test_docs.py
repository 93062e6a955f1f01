"""The documents match the code: every code has a runbook section, every name and every link exists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from pipelines import errors
from pipelines.cli import app
from pipelines.settings import PROJECT
from schemas.rules import RULES

_IGNORED = {"__pycache__", "node_modules"}
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")  # also of pictures
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
_REQUIREMENT = re.compile(r"^\| ((?:IC|SL|GC|CK|CT)-\d\d|C\d|P\d\d) \| ", re.MULTILINE)
# Words that the glossary replaces, and that have no other meaning.
_REPLACED = ("tenant", "blacklist", "whitelist", "execution date", "data lake", "sanity check")


def documents() -> list[Path]:
    own = list(PROJECT.glob("*.md")) + list((PROJECT / "docs").rglob("*.md"))
    assert len(own) > 15
    return own


def text(name: str) -> str:
    return (PROJECT / name).read_text(encoding="utf-8")


@cache
def anchors(path: Path) -> frozenset[str]:
    """Return the anchors of a document's headings, as GitHub makes them."""
    headings = _HEADING.findall(_FENCED.sub("", path.read_text(encoding="utf-8")))
    plain = (re.sub(r"\[([^\]]*)\]\([^)]*\)|[`*]", r"\1", heading) for heading in headings)
    return frozenset(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in plain)


def codes() -> set[str]:
    found = {
        error.code
        for error in vars(errors).values()
        if isinstance(error, type) and issubclass(error, errors.RollbookError)
    }
    assert {"HOLD_REQUIRED", "SOURCE_INCOMPLETE"} <= found
    return found | set(RULES) | {"UNEXPECTED"}


@pytest.mark.parametrize("code", sorted(codes()))
def test_every_code_has_a_section_in_the_runbook(code: str) -> None:
    body = _section(text("docs/runbook.md"), code)
    assert len(body.split()) > 8
    if code not in RULES:
        for part in ("What happened", "See it", "Owner", "Do", "Meanwhile"):
            assert f"- **{part}.**" in body


@pytest.mark.parametrize("code", sorted(RULES))
def test_the_runbook_has_the_severity_and_owner_of_each_rule(code: str) -> None:
    rule = RULES[code]
    section = re.sub(r"[^a-z ]", "", _section(text("docs/runbook.md"), code).lower().replace("'s", ""))
    assert section.split()[0] == rule.severity
    if rule.severity != "note" and code != "DEPENDS_ON_QUARANTINED":
        assert rule.owner.lower() in section


def _section(page: str, heading: str) -> str:
    found = re.search(rf"^#+ {heading}$(.*?)(?=^#|\Z)", page, re.MULTILINE | re.DOTALL)
    assert found, f"docs/runbook.md has no section {heading}"
    return found[1].strip()


def test_every_code_in_the_runbook_exists() -> None:
    sections = set(re.findall(r"^#+ ([A-Z][A-Z_]+)$", text("docs/runbook.md"), re.MULTILINE))
    assert sections == codes()


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(PROJECT)))
def test_every_link_in_a_document_has_a_target(document: Path) -> None:
    for link in _LINK.findall(_FENCED.sub("", document.read_text(encoding="utf-8"))):
        if link.startswith(("https://", "http://")):
            continue
        name, _, anchor = link.partition("#")
        target = (document.parent / name).resolve() if name else document
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


def test_every_test_that_a_document_names_exists() -> None:
    named = [found for document in documents() for found in _TEST.findall(document.read_text(encoding="utf-8"))]
    assert len(named) > 40
    missing = [f"{file}::{test}" for file, test in named if not _is_there(file, test)]
    assert not missing


def _is_there(file: str, test: str) -> bool:
    path = PROJECT / file
    return path.exists() and f"def {test}(" in path.read_text(encoding="utf-8")


def test_every_requirement_has_one_row_with_a_state_and_a_test_if_it_is_built() -> None:
    page = text("docs/requirements.md")
    listed = _REQUIREMENT.findall(page)
    assert len(listed) == len(set(listed))
    for prefix, count in {"IC": 27, "SL": 30, "GC": 21, "CK": 23, "CT": 17}.items():
        assert [f"{prefix}-{number:02}" for number in range(1, count + 1)] == [
            one for one in listed if one.startswith(prefix)
        ]
    for row in re.findall(r"^\| (?:IC|SL|GC|CK|CT)-\d\d \|.*$", page, re.MULTILINE):
        _, _, state, proof = (cell.strip() for cell in row.strip("|").split("|"))
        assert state in {"built", "partly", "not yet", "not ours"}, row
        assert bool(_TEST.search(proof)) == (state in {"built", "partly"}), row


def test_the_readme_lists_exactly_the_folders_of_the_project() -> None:
    named = set(re.findall(r"^\| `([\w./]+)/` \|", text("README.md"), re.MULTILINE))
    assert set(_folders()) <= named
    assert not [folder for folder in named if not (PROJECT / folder).is_dir()]


def _folders() -> Iterator[str]:
    """Yield the project's own folders that contain files."""
    for path in PROJECT.iterdir():
        hidden = path.name.startswith(".") and path.name != ".ci"
        if path.is_dir() and not hidden and not path.name.endswith(".egg-info") and path.name not in _IGNORED:
            files = (one for one in path.rglob("*") if one.is_file() and "__pycache__" not in one.parts)
            if next(files, None):
                yield path.name


def test_the_readme_lists_every_command_and_environment_variable() -> None:
    page = text("README.md")
    commands = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    assert "sync" in commands
    assert {name for name in commands if f"`rollbook {name}" not in page} == set()
    sources = [path.read_text(encoding="utf-8") for path in (PROJECT / "pipelines").rglob("*.py")]
    read = {name for source in sources for name in re.findall(r'environ\.get\("(ROLLBOOK_\w+)"', source)}
    assert len(read) >= 5
    assert {name for name in read if f"| `{name}` |" not in page} == set()


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(PROJECT)))
def test_a_document_uses_the_glossarys_words_and_no_path_of_one_machine(document: Path) -> None:
    page = document.read_text(encoding="utf-8")
    if document.name != "glossary.md":
        used = [word for word in _REPLACED if re.search(rf"\b{word}", page, re.IGNORECASE)]
        assert not used
    assert not re.search(r"(?<![\w.])/(?:work|root|home|Users)/\w", page)
    assert not re.search(r"\b(?:TODO|FIXME|TBD)\b", page)
