"""Every module and SQL file in one line each, from its own first sentence: `python -m tests.module_map` renews
docs/modules.md.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from textwrap import fill

from pipelines.settings import PROJECT

DOCUMENT = PROJECT / "docs" / "modules.md"
_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)
_FUNCTION = re.compile(r"^create function ([\w.]+)\(", re.MULTILINE)
_HEAD = """# Modules

Every module and every SQL file, with its own first sentence. `python -m tests.module_map` writes this page; a test
holds it against the files. Where a step needs several modules, its package's `__init__.py` composes them.
"""
_FOLDERS = ("pipelines", "schemas", "dags", "plugins")


def document() -> str:
    """Return the whole page."""
    return "\n".join([_HEAD, *_modules(), "## sql/\n", *_statements()]) + "\n"


def _modules() -> Iterator[str]:
    found = sorted(path for folder in _FOLDERS for path in (PROJECT / folder).rglob("*.py"))
    found.sort(key=lambda path: (str(path.parent), path.name != "__init__.py", path.name))
    for folder, paths in groupby(found, key=lambda path: path.parent):
        yield f"## {folder.relative_to(PROJECT)}/\n"
        for path in paths:
            yield _item(path.name, _first_sentence(path))
        yield ""


def _first_sentence(path: Path) -> str:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring, f"{path} does not say what it is for"
    return " ".join(docstring.partition("\n\n")[0].split())


def _statements() -> Iterator[str]:
    for path in sorted((PROJECT / "sql").rglob("*.sql")):
        written = path.read_text(encoding="utf-8")
        names = _NAME.findall(written) or _FUNCTION.findall(written)
        if names:
            yield _item(str(path.relative_to(PROJECT / "sql")), ", ".join(f"`{name}`" for name in names))


def _item(name: str, text: str) -> str:
    return fill(f"- `{name}`: {text}", 120, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
    sys.stdout.write(f"{DOCUMENT.relative_to(PROJECT)}\n")
