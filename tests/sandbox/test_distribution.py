"""The sandbox can be installed alone: sandbox/pyproject.toml lists all its packages and dependencies."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

from pipelines.settings import PROJECT

SANDBOX = PROJECT / "sandbox"
STATED = tomllib.loads((SANDBOX / "pyproject.toml").read_text(encoding="utf-8"))
BROUGHT_BY = {"starlette": "fastapi"}  # a package that comes with another


def modules() -> list[Path]:
    return [path for path in SANDBOX.rglob("*.py") if (SANDBOX / "demo") not in path.parents]


def imported(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    return {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {"sandbox"}


def test_the_distribution_has_every_package_except_the_demo() -> None:
    folders = {path.parent.relative_to(PROJECT) for path in modules()}
    assert set(STATED["tool"]["setuptools"]["packages"]) == {".".join(folder.parts) for folder in folders}


def test_the_sandboxs_dependencies_are_the_packages_that_it_imports() -> None:
    distributions = packages_distributions()
    needed = {BROUGHT_BY.get(name, name) for path in modules() for name in imported(path)}
    found = {distributions[name][0].lower() for name in needed}
    assert {name.lower() for name in STATED["project"]["dependencies"]} == found


def test_rollbooks_lock_file_has_the_sandboxs_dependencies() -> None:
    locked = re.findall(r"^([\w.-]+)==", (PROJECT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE)
    assert {name.lower() for name in STATED["project"]["dependencies"]} <= set(locked)
