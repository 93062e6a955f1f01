"""The layout: each step has a package of its name in `pipelines/`, and mirrored folders in `sql/` and `tests/`."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pipelines import gradebook, roster
from pipelines.settings import PROJECT
from tests.test_architecture import functions, named, sources

TOP_ENTRIES, LAYERS, SIBLINGS = 22, 9, 10

# Modules that can be tested only within a whole run on a real warehouse, and the tests that do so.
TESTED_BY_WHOLE_RUNS = {
    "pipelines/audit/__init__.py": "tests/scenarios/test_faults.py",
    "pipelines/cli/history.py": "tests/pipelines/cli/test_app.py",
    "pipelines/cli/options.py": "tests/pipelines/cli/test_app.py",
    "pipelines/cli/plan.py": "tests/pipelines/cli/test_app.py",
    "pipelines/cli/run.py": "tests/pipelines/cli/test_app.py",
    "pipelines/extract/__init__.py": "tests/scenarios/test_nights.py",
    "pipelines/extract/pull.py": "tests/scenarios/test_backfill.py",
    "pipelines/extract/reverted.py": "tests/pipelines/merge/test_undo.py",
    "pipelines/extract/run_sources.py": "tests/scenarios/test_scope.py",
    "pipelines/grades/compare.py": "tests/scenarios/test_grades.py",
    "pipelines/grades/exports.py": "tests/scenarios/test_grades_faults.py",
    "pipelines/grades/push.py": "tests/scenarios/test_grades_faults.py",
    "pipelines/grades/verify.py": "tests/scenarios/test_grades_faults.py",
    "pipelines/merge/__init__.py": "tests/pipelines/merge/test_apply.py",
    "pipelines/merge/late_runs.py": "tests/properties/test_backfill.py",
    "pipelines/operations/approval.py": "tests/pipelines/review/test_holds.py",
    "pipelines/operations/pages/access_log.py": "tests/scenarios/pages/test_rights_pages.py",
    "pipelines/operations/pages/grades.py": "tests/scenarios/pages/test_airflow_pages.py",
    "pipelines/operations/pages/paging.py": "tests/pipelines/operations/pages/test_imports.py",
    "pipelines/operations/replay.py": "tests/scenarios/test_backfill.py",
    "pipelines/operations/undo.py": "tests/pipelines/merge/test_undo.py",
    "pipelines/plan/__init__.py": "tests/scenarios/test_nights.py",
    "pipelines/plan/scope.py": "tests/scenarios/test_scope.py",
    "pipelines/report/__init__.py": "tests/pipelines/report/test_run_report.py",
    "pipelines/review/__init__.py": "tests/scenarios/test_limits.py",
    "pipelines/runs/recording.py": "tests/scenarios/test_nights.py",
    "pipelines/sources/__init__.py": "tests/pipelines/sources/test_remote.py",
    "pipelines/stage/__init__.py": "tests/scenarios/test_nights.py",
    "pipelines/validate/__init__.py": "tests/scenarios/test_imports.py",
}


def mirror(module: Path) -> Path:
    """Return where a module's tests belong; a package's own tests carry its name."""
    stem = module.parent.name if module.stem == "__init__" else module.stem
    return PROJECT / "tests" / module.parent.relative_to(PROJECT) / f"test_{stem}.py"


def modules() -> list[Path]:
    """List the product's modules that have functions."""
    found = [path for path in sources("pipelines", "schemas") if any(functions(path))]
    assert len(found) > 100
    return found


def test_every_module_has_a_mirrored_test_file_or_is_listed_with_the_tests_of_whole_runs() -> None:
    missing = [named(path) for path in modules() if not mirror(path).exists()]
    assert sorted(missing) == sorted(TESTED_BY_WHOLE_RUNS)


def test_the_listed_tests_of_whole_runs_exist() -> None:
    assert [shown for shown in TESTED_BY_WHOLE_RUNS.values() if not (PROJECT / shown).exists()] == []


def test_every_folder_of_tests_mirrors_a_folder_of_pipelines() -> None:
    """A test file in a mirrored folder may be named after an aspect, but its folder must exist in `pipelines/`."""
    folders = {path.parent for path in (PROJECT / "tests" / "pipelines").rglob("test_*.py")}
    assert len(folders) > 20
    for folder in folders:
        assert (PROJECT / folder.relative_to(PROJECT / "tests")).is_dir(), folder


def test_the_main_package_has_few_entries_and_each_step_has_a_package() -> None:
    # A checkout keeps the empty folder of a package that has moved.
    entries = {
        path.stem for path in (PROJECT / "pipelines").iterdir() if path.suffix == ".py" or any(path.glob("*.py"))
    }
    assert len(entries) <= TOP_ENTRIES
    assert set(roster.STEPS) <= entries
    assert {step for step in gradebook.STEPS if not (PROJECT / "pipelines" / "grades" / step).is_dir()} == {
        step for step in gradebook.STEPS if (PROJECT / "pipelines" / "grades" / f"{step}.py").exists()
    }


def test_the_import_layers_are_few_and_have_names_of_letters() -> None:
    config = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    (layers,) = [one for one in config["tool"]["importlinter"]["contracts"] if one["id"] == "layers"]
    assert layers["exhaustive"]
    assert "ignore_imports" not in layers
    assert len(layers["layers"]) <= LAYERS
    for layer in layers["layers"]:
        siblings = layer.replace("|", ":").split(":")
        assert len(siblings) <= SIBLINGS
        assert all(sibling.strip().isalpha() for sibling in siblings)


def test_every_sql_file_is_in_the_folder_of_its_package_or_has_its_name() -> None:
    rooms = {path.stem for path in (PROJECT / "pipelines").iterdir()}
    homes = {path.relative_to(PROJECT / "sql").parts[0].removesuffix(".sql") for path in sources("sql", kind="sql")}
    assert homes - rooms == {"migrations"}
