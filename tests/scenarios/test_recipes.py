"""The recipes of CONTRIBUTING.md, each carried out on a copy of the tree, and nights with the result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipelines.settings import PROJECT
from pipelines.sources.rules_version import RULES_VERSION
from tests import warehouse
from tests.recipes.nights import FIELDS
from tests.recipes.tree import Tree, named
from tests.warehouse import Server

pytestmark = pytest.mark.slow

# Of each entity: after what its column is declared, and its claim is made, and what the generator fills it with.
PLACES = {
    "schools": ('("school_id",), (', '("school_id", {', '("class", _text("{}" + school["school_id"]))'),
    "terms": ('("title", "begin_date", ', '("term", {', '("class", _text("{}" + term["title"]))'),
    "courses": ('("title", "code", ', '("course_id", {', '("class", _text("{}" + course["course_id"]))'),
    "classes": (
        '("title", "period", ',
        '"period": "class_period", ',
        '("class", _text("{}" + world.classes["class_id"]))',
    ),
    "users": ('"given_name", ', '"given_name": "student_first",\n', '("student", _text("{}" + student["student_id"]))'),
}
LISTED = """    "homerooms": FileLayout(
        name="homerooms",
        schemas={"": HOMEROOMS},
        conform=homerooms.conform,
        covers=homerooms.COVERS,
        people=("student",),
    ),
"""
GENERATED = """def _homerooms(world: World, name: str) -> Iterator[Sheet]:
    order = by_school(world)
    student, first = world.students.iloc[order], world.classes.iloc[world.enrolled[order][:, 0]]
    yield _plain(
        name,
        term=world.terms["title"].iloc[first["term"]],
        school_id=world.schools["school_id"].iloc[first["school"]],
        homeroom=first["class_id"],
        student_first=student["first"],
        student_last=student["last"],
        student_id=student["student_id"],
    )


"""
TEMPLATE = """term,school_id,homeroom,student_first,student_last,student_id
2026-27 Semester 1,0101,0101-HR-01,Ada,Example,0001001
2026-27 Semester 1,0101,0101-HR-01,Alan,Example,0001002
"""
ROWS = "select count(*) from roster.{} where status = 'active'"


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A copy of the tree."""
    return Tree(tmp_path / "tree")


def test_a_new_field_arrives_changes_is_kept_in_history_and_is_not_cleared(
    tree: Tree, server: Server, tmp_path: Path
) -> None:
    for entity in FIELDS:
        add_field(tree, entity)
    with tree.nights("field", server, tmp_path) as (_, told):
        first, second, undone, third = told
    assert [night["status"] for night in (first, second, third)] == ["applied"] * 3
    assert first["counts"]["quarantined"] == 0
    updates = {f"planned.{entity}.update": len(values) for entity, values in first["roster"].items()}
    assert all(updates.values())
    assert {name: second["counts"][name] for name in updates} == updates
    assert second["counts"]["planned"] == sum(updates.values())
    for entity, (column, _) in FIELDS.items():
        values = first["roster"][entity]
        assert all(value.startswith(f"{column} of ") for value in values)
        assert second["roster"][entity] == [value.replace(" of ", " at ") for value in values]
        assert second["history"][entity] == values
    assert undone["roster"] == first["roster"] == third["roster"]
    assert third["counts"]["planned"] == 0


def test_a_new_field_takes_the_ten_files_that_the_recipe_names(tree: Tree) -> None:
    add_field(tree, "classes")
    tree.insert("pipelines/sources/rules_version.py", f"RULES_VERSION = {RULES_VERSION}", "0")
    tree.run("tests.data_model")
    record_one(tree)
    assert tree.edited() == named("Add a field")
    assert len(tree.edited()) <= 10


def test_a_new_source_delivers_a_roster(tree: Tree, server: Server, tmp_path: Path) -> None:
    add_source(tree)
    assert tree.edited() == named("Add a source", kind="json_lines")
    tree.run("pytest", "-n", "0", "tests/pipelines/sources/test_json_lines.py")
    with tree.nights("source", server, tmp_path) as (url, told):
        delivers_everybody(url, told)
        assert warehouse.ask(url, "select distinct source from roster.users") == [("json_lines",)]


def test_a_new_layout_delivers_a_roster(tree: Tree, server: Server, tmp_path: Path) -> None:
    add_layout(tree)
    assert tree.edited() == named("Add a layout", layout="homerooms")
    tree.run("pytest", "-n", "0", "tests/pipelines/sources/layouts/test_homerooms.py")
    with tree.nights("layout", server, tmp_path) as (url, told):
        delivers_everybody(url, told)


def delivers_everybody(url: str, told: list[dict[str, Any]]) -> None:
    """One night was applied; the students of the world are in the roster, and in classes."""
    (night,) = told
    assert (night["status"], night["counts"]["quarantined"]) == ("applied", 0)
    assert warehouse.ask(url, ROWS.format("users") + " and role = 'student'") == [(160,)]
    for entity in ("schools", "terms", "classes", "enrollments"):
        (count,) = warehouse.ask(url, ROWS.format(entity))[0]
        assert count == night["counts"][f"planned.{entity}.create"] > 0


def add_field(tree: Tree, entity: str) -> None:
    """The column of `FIELDS`."""
    name, column = FIELDS[entity]
    declared, claimed, generated = PLACES[entity]
    tree.insert("schemas/entities.py", declared, f'"{name}", ')
    head = "create table {} (\n    {} not null,\n"
    tree.insert(
        "sql/migrations/0002_roster.sql", head.format(f"roster.{entity}", "district_id text"), f"    {name} text,\n"
    )
    for table in (entity, f"resolved_{entity}"):
        staged = head.format(f"staging.{table}", "n integer")
        tree.insert("sql/migrations/0004_staging.sql", staged, f"    {name} text,\n")
    tree.insert("schemas/combined.py", '"class_period": text(),\n', f'        "{column}": text(required=False),\n')
    layouts = Path("pipelines/sources/layouts")
    if entity == "users":
        tree.insert(f"{layouts}/people.py", claimed, f'    "{name}": "{column}",\n')
    else:
        meant = f'        ("{entity}", "{name}"): "{column}",\n'
        tree.insert(f"{layouts}/combined.py", '("classes", "period"): "class_period",\n', meant)
        tree.insert(f"{layouts}/combined.py", claimed, f'"{name}": "{column}", ')
    line = f'        "{column}": {generated.format(f"{name} of ")},\n'
    tree.insert("sandbox/layouts.py", '_text(world.classes["period"])),\n', line)
    tree.insert("docs/templates/combined.csv", "term_end", f",{column}")
    tree.insert("docs/templates/combined.csv", "2026-12-18", ",any", times=2)


def record_one(tree: Tree) -> None:
    """Record one of the outcomes again: all of them take minutes."""
    case = "test_each_recorded_case_has_its_recorded_outcome[cases/a_header_is_renamed]"
    tree.run("pytest", "-n", "0", f"tests/scenarios/test_recorded_outcomes.py::{case}", ROLLBOOK_RECORD="1")


def add_source(tree: Tree) -> None:
    """Files of JSON lines."""
    tree.add("pipelines/sources/json_lines.py", example("json_lines.py"))
    tree.add("tests/pipelines/sources/test_json_lines.py", example("tests_of_json_lines.py"))
    head = "| kind | what it reads | it needs |\n|---|---|---|\n"
    tree.insert("README.md", head, "| `json_lines` | files of JSON lines | `path` |\n")
    last = "| `[class_id]` | what identifies a class |\n"
    tree.insert("docs/settings.md", last, '| `sources[json_lines].path` | path | `""` | the file |\n')


def example(name: str) -> str:
    """What a contributor would write."""
    return (PROJECT / "tests" / "recipes" / name).read_text(encoding="utf-8")


def add_layout(tree: Tree) -> None:
    """One row per student, with the class that the student begins the day in."""
    tree.add("pipelines/sources/layouts/homerooms.py", example("homerooms.py"))
    tree.add("schemas/homerooms.py", example("homerooms_schema.py"))
    tree.add("tests/pipelines/sources/layouts/test_homerooms.py", example("tests_of_homerooms.py"))
    listed = "pipelines/sources/layouts/__init__.py"
    tree.insert(listed, "from pipelines.sources.layouts import clever_csv, combined, ", "homerooms, ")
    tree.insert(listed, "from schemas.combined import COMBINED\n", "from schemas.homerooms import HOMEROOMS\n")
    tree.insert(listed, "LAYOUTS = {\n", LISTED)
    tree.insert("sandbox/layouts.py", '    "combined": _combined,\n', '    "homerooms": _homerooms,\n')
    tree.insert(
        "sandbox/layouts.py", '        student_grade=np.array(GRADES)[student["grade"]],\n    )\n\n\n', GENERATED
    )
    tree.add("docs/templates/homerooms.csv", TEMPLATE)
    tree.insert("docs/settings.md", "`combined`, `staff`, `students`, ", "`homerooms`, ")
