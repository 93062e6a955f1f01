"""A copy of the tree in which a recipe of CONTRIBUTING.md is carried out."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipelines.settings import PROJECT
from tests import warehouse
from tests.warehouse import Server

_STEP = re.compile(r"^\d+\. ((?:.+\n)(?:   .+\n)*)", re.MULTILINE)
_FILE = re.compile(r"`([\w./<>-]+\.\w+)`")


def named(recipe: str, **names: str) -> set[str]:
    """The files that the steps of a recipe name before their colon; `<kind>` and the like stand for names."""
    text = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.partition(f"## {recipe}\n")[2].partition("\n## ")[0]
    found = {path for step in _STEP.findall(f"{section}\n") for path in _FILE.findall(step.partition(":")[0])}
    for word, name in names.items():
        found = {path.replace(f"<{word}>", name) for path in found}
    assert found, f"CONTRIBUTING.md has no recipe {recipe!r}"
    return found


class Tree:
    """The copy: what is edited here is nobody's but this test's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._files = [name for name in _tracked() if (PROJECT / name).is_file()]
        for name in self._files:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(PROJECT / name, folder / name)

    def add(self, path: str, text: str) -> None:
        """Write a new file."""
        assert not (self.folder / path).exists(), path
        (self.folder / path).write_text(text, encoding="utf-8")

    def insert(self, path: str, after: str, text: str, times: int = 1) -> None:
        """Insert text after each place where the given text stands."""
        known = (self.folder / path).read_text(encoding="utf-8")
        assert known.count(after) == times, f"{path} has {after!r} {known.count(after)} times"
        (self.folder / path).write_text(known.replace(after, after + text), encoding="utf-8")

    def edited(self) -> set[str]:
        """The files that are not as they were, and the new ones."""
        there = {str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file()}
        new = {name for name in there - set(self._files) if "__pycache__" not in name}
        return new | {name for name in self._files if not _is_same(PROJECT / name, self.folder / name)}

    def run(self, *command: str, **environment: str) -> str:
        """Run a Python module with the copy's code, and return what it prints."""
        known = {name: value for name, value in os.environ.items() if not name.startswith("ROLLBOOK_")}
        known |= {"PYTHONPATH": str(self.folder)} | environment
        told = [sys.executable, "-m", *command]
        done = subprocess.run(told, cwd=self.folder, env=known, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}: {done.stdout} {done.stderr}"
        return done.stdout

    @contextmanager
    def nights(self, story: str, server: Server, home: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """Live through a story of `nights.py`; its warehouse's URL and how its runs ended."""
        with warehouse.database(server, "recipe", "template1") as url:
            places = {f"ROLLBOOK_{name}": str(home / name.lower()) for name in ("HOME", "LANDING", "CONFIG", "REPORTS")}
            printed = self.run("tests.recipes.nights", story, str(home), ROLLBOOK_WAREHOUSE_URL=url, **places)
            yield url, json.loads(printed)


def _tracked() -> list[str]:
    """The files of the tree that git knows, or would not ignore."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name]


def _is_same(one: Path, other: Path) -> bool:
    return other.is_file() and one.read_bytes() == other.read_bytes()
