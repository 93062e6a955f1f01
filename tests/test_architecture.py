"""The architecture: rules that import-linter, ruff and mypy can't check (those run in `make check`)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

from pipelines.settings import PROJECT

PRODUCT = ("pipelines", "schemas", "dags", "plugins")
CODE = (*PRODUCT, "sandbox", "bench")
FILE_LINES, FUNCTION_LINES = 300, 40


def sources(*folders: str, kind: str = "py") -> list[Path]:
    found = [path for folder in folders for path in sorted((PROJECT / folder).rglob(f"*.{kind}"))]
    assert len(found) >= len(folders), f"no {kind} files in {folders}"
    return found


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def named(path: Path) -> str:
    return str(path.relative_to(PROJECT))


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """Yield every string of a module except docstrings, with its line."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


@pytest.mark.parametrize("folder", [*CODE, "tests"])
def test_files_and_functions_are_not_too_long(folder: str) -> None:
    long = [named(path) for path in sources(folder) if len(path.read_text("utf-8").splitlines()) > FILE_LINES]
    long += [f"{named(path)}: {one.name}" for path in sources(folder) for one in functions(path) if _is_long(one)]
    assert long == []


def functions(path: Path) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(parsed(path)) if isinstance(node, ast.FunctionDef)]


def _is_long(function: ast.FunctionDef) -> bool:
    """Count the lines of the function's statements, without its signature and docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return bool(body) and (body[-1].end_lineno or 0) - body[0].lineno >= FUNCTION_LINES


def test_dag_files_import_only_airflow_settings_and_the_standard_library() -> None:
    allowed = re.compile(
        r"__future__|airflow\.sdk(\.\w+)*|pipelines(\.(airflow|airflow\.(gradebook|holds|links|notes|notifications)|errors|settings))?"
        r"|collections\.abc|datetime|re|typing"
    )
    imported = {
        name
        for path in sources("dags")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    }
    assert "airflow.sdk" in imported
    assert [name for name in imported if not allowed.fullmatch(name)] == []


def test_the_code_has_no_absolute_path() -> None:
    absolute = re.compile(r"^(?:/(?:home|root|Users|tmp|var|opt|mnt|srv|usr|etc|work)\b|[A-Z]:\\)")
    found = [f"{named(path)}:{line}" for path in sources(*CODE) for line, text in strings(path) if absolute.match(text)]
    assert found == []


def test_code_and_settings_files_have_no_secret() -> None:
    assigned = re.compile(r"""(?i)(?:password|passwd|secret|token|api_?key)["']?\s*[=:]\s*["'][^"'{$<\s]{6,}["']""")
    known = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|://[^/\s:@]+:[^@\s{}/]+@")
    files = sources(*CODE) + sources("config", kind="yaml") + [PROJECT / "airflow.cfg.example", PROJECT / "Makefile"]
    texts = {path: path.read_text(encoding="utf-8") for path in files}
    assert [named(path) for path, text in texts.items() if assigned.search(text) or known.search(text)] == []
    filled = re.findall(r"^\w*(?:key|secret)\w* = (.+)$", texts[PROJECT / "airflow.cfg.example"], re.MULTILINE)
    assert filled == []


def test_the_code_names_no_district() -> None:
    """A district is data: the districts of `config/` are examples, and no module of the product names one."""
    districts = [yaml.safe_load(path.read_text("utf-8"))["district_id"] for path in sources("config", kind="yaml")]
    assert districts
    found = [named(path) for path in sources(*PRODUCT) for _, text in strings(path) if text in districts]
    assert found == []


def test_sql_statements_are_only_in_sql_files() -> None:
    statement = re.compile(
        r"(?is)^\s*(?:select\s.+\sfrom|insert\s+into|update\s.+\sset|delete\s+from|copy\s|merge\s+into)"
    )
    written = [
        f"{named(path)}:{line}" for path in sources(*PRODUCT) for line, text in strings(path) if statement.match(text)
    ]
    assert [place for place in written if not place.startswith("pipelines/store/copy.py")] == []


def test_no_sql_statement_reads_a_key_of_a_request() -> None:
    """A request is stored as JSON; the facts that SQL reads are in columns of runs.runs."""
    read = re.compile(r"\brequest\s*(?:->|#>|@>|\?)")
    assert [named(path) for path in sources("sql", kind="sql") if read.search(path.read_text("utf-8"))] == []


def statements() -> set[str]:
    """Return the names of all statements of `sql/`, as the code uses them."""
    found = set()
    for path in sources("sql", kind="sql"):
        family = str(path.relative_to(PROJECT / "sql").with_suffix(""))
        found |= {
            f"{family}.{name}" for name in re.findall(r"^-- name: (\w+)\s*$", path.read_text("utf-8"), re.MULTILINE)
        }
    assert len(found) > 60
    return found


def names_in(path: Path) -> set[str]:
    """Return the strings of a module without `@entity`: names of statements are among them."""
    return {text.partition("@")[0] for _, text in strings(path)}


def test_every_sql_statement_is_used() -> None:
    assert statements() - {name for path in sources("pipelines") for name in names_in(path)} == set()


def test_no_statement_name_is_concatenated() -> None:
    folders = {name.partition("/")[0] for name in statements() if "/" in name}
    assert {"plan", "merge"} <= folders
    made = re.compile(rf"(?:{'|'.join(folders)})/.*")
    assert [text for path in sources("pipelines") for text in _openings(path) if made.fullmatch(text)] == []


def _openings(path: Path) -> Iterator[str]:
    """Yield the first part of each f-string of a module."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
            yield str(node.values[0].value)


def test_every_statement_that_the_code_executes_exists() -> None:
    run = {
        argument.value.partition("@")[0]
        for path in sources("pipelines")
        for call in ast.walk(parsed(path))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in {"execute", "rows"}
        for argument in call.args[1:2]
        if isinstance(argument, ast.Constant)
    }
    assert len(run) > 40
    assert run - statements() == set()


def test_no_module_has_a_catch_all_name() -> None:
    drawers = {"utils", "util", "common", "helpers", "helper", "misc", "base", "core", "manager"}
    assert [named(path) for path in sources(*CODE, "tests") if drawers & {path.stem, path.parent.name}] == []


def test_every_preloaded_module_can_be_imported_and_none_is_rollbooks_own() -> None:
    """Airflow silently skips a module that it can't import. Rollbook's own modules would stay old until a restart."""
    from configparser import ConfigParser
    from importlib.util import find_spec

    config = ConfigParser(interpolation=None)
    config.read(PROJECT / "airflow.cfg.example", encoding="utf-8")
    modules = [name.strip() for name in config["scheduler"]["mp_forkserver_preload"].split(",")]
    assert "great_expectations" in modules
    assert [name for name in modules if find_spec(name) is None] == []
    assert [name for name in modules if name.split(".")[0] in {"pipelines", "schemas"}] == []
