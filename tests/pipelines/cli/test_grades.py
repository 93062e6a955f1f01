"""`rollbook grades …`: the commands' output for people and machines, and the recorded decisions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from pipelines.cli import app
from tests.school import School, school
from tests.shapes import assert_shape, documented
from tests.town import FIRST, Town

OF = ("-d", "springfield")


@pytest.fixture
def here(synced: Town) -> Iterator[School]:
    """A class with a Canvas course, and no activity yet."""
    with school(synced) as there:
        yield there


def grades(*arguments: object) -> Result:
    given = ["grades", *(str(argument) for argument in arguments)]
    return CliRunner(env={"COLUMNS": "250"}).invoke(app, given)


def told(*arguments: object, exit_code: int = 0) -> dict[str, Any]:
    """What a command prints with --json: exactly one object."""
    result = grades(*arguments, "--json")
    assert result.exit_code == exit_code, result.output
    (line,) = result.stdout.splitlines()
    answer: dict[str, Any] = json.loads(line)
    return answer


def test_an_export_prints_the_documented_object_and_its_report_prints_it_again(here: School) -> None:
    here.score("quiz-1", {0: 8, 1: 7.5, 2: "excused"})
    here.score("quiz-2", {0: 8}, class_id=here.world.classes["class_id"][here.class_row - 1])
    here.settle(course_map={here.class_id: str(here.course)})
    example = documented("rollbook grades export")
    plan = told("export", *OF, "--as-of", FIRST, "--plan-only")
    assert_shape(plan, example)
    assert (plan["status"], len(plan["planned"])) == ("planned", 1)
    assert here.sandbox.columns(here.course) == []
    done = told("export", *OF, "--as-of", FIRST)
    assert_shape(done, example)
    assert (done["status"], done["students_synced"], done["planned"]) == ("applied", 3, [])
    assert [one["reason"] for one in done["refused_classes"]] == ["NOT_INTEGRATED"]
    report = CliRunner().invoke(app, ["report", "-r", str(done["run_id"]), "--json"])
    assert json.loads(report.stdout) == done
    shown = told("show", "-r", done["run_id"])
    assert len(shown["students"]) == len(here.students)
    assert_shape(shown, documented("rollbook grades show"))
    assert {one["state"] for one in told("show", "-r", done["run_id"], "--state", "SYNCED")["students"]} == {"SYNCED"}
    undone = told("undo", *OF, "--run", done["run_id"])
    assert_shape(undone, example)
    assert here.in_canvas("quiz-1") == {}


def test_an_export_is_limited_to_named_classes_and_a_failed_export_exits_with_3(here: School) -> None:
    here.score("quiz-1", {0: 8})
    here.score("quiz-2", {0: 8})
    told("export", *OF, "--as-of", FIRST, "--activity", "quiz-1", "--class", here.class_id)
    assert [one["name"] for one in here.sandbox.columns(here.course)] == ["quiz-1"]
    here.sandbox.fault("404", server="canvas", path=f"/courses/{here.course}/users", times=None)
    failed = told("export", *OF, "--as-of", FIRST, exit_code=3)
    assert_shape(failed, documented("rollbook grades export"))
    assert failed["code"] == "COURSES_FAILED"
    assert failed["courses"][0]["code"] == "SOURCE_UNAVAILABLE"
    result = grades("export", *OF, "--as-of", FIRST)
    assert result.exit_code == 3
    assert "Courses that failed" in result.stdout


def test_an_export_prints_its_summary_and_names_nobody(here: School) -> None:
    here.score("quiz-1", {0: 8})
    result = grades("export", *OF, "--as-of", FIRST)
    assert result.exit_code == 0, result.output
    assert "1 students synced" in result.stdout
    assert "data steward" in result.stdout
    assert "a blank is sent as zero" in " ".join(result.stdout.split())
    names = here.town.ask("select family_name from roster.users where role = 'student'")
    assert [name for (name,) in names if re.search(rf"\b{name}\b", result.output)] == []
    assert "NO_SCORE" in result.stdout


def test_commands_of_decisions_print_the_documented_objects(here: School) -> None:
    here.score("quiz-1", {0: 8}, selected=False)
    example, decided = documented("rollbook grades list"), documented("rollbook grades select")
    (one,) = told("list", *OF, "--class", here.class_id)["activities"]
    assert (one["activity"], one["class"], one["selected"], one["open"]) == ("quiz-1", here.class_id, False, "")
    for arguments, selected in (("--activity", "quiz-1"), True), (("--class", here.class_id, "--off"), False):
        assert_shape(told("select", *OF, *arguments), decided)
        listed = told("list", *OF)
        assert_shape(listed, example)
        assert [one["selected"] for one in listed["activities"]] == [selected]
    assert_shape(told("unarchive", *OF, "--class", here.class_id), decided)
    assert told("list", *OF, "--class", "another")["activities"] == []
    assert "quiz-1" in grades("list", *OF).stdout
    kept = here.town.ask("select subject, choice from runs.decisions order by decision_id")
    assert kept == [("grades.select", "on"), ("grades.select", "off"), ("grades.unarchive", "on")]


def test_approve_and_recreate_release_a_held_overwrite_and_a_deleted_assignment(here: School) -> None:
    here.settle(changed_in_canvas="hold")
    here.score("quiz-1", {0: 8})
    told("export", *OF, "--as-of", FIRST)
    here.sandbox.teacher_sets(here.course, here.column("quiz-1")["id"], here.number(0), 3)
    held = told("export", *OF, "--as-of", FIRST)
    assert_shape(held, documented("rollbook grades export"))
    assert told("approve", "-r", held["run_id"]) == {"district_id": "springfield", "changed": 1}
    told("export", *OF, "--as-of", FIRST)
    assert here.in_canvas("quiz-1") == {0: 8.0}
    here.sandbox.remove_column(here.course, here.column("quiz-1")["id"])
    told("export", *OF, "--as-of", FIRST)
    assert told("recreate", *OF, "--activity", "quiz-1") == {"district_id": "springfield", "changed": 1}
    told("export", *OF, "--as-of", FIRST)
    assert here.in_canvas("quiz-1") == {0: 8.0}


@pytest.mark.parametrize(
    "arguments",
    [
        ("select", *OF, "--activity", "nothing"),
        ("unarchive", *OF, "--class", "nothing"),
        ("recreate", *OF, "--activity", "quiz-1"),
        ("approve", "--run", "1"),
        ("undo", *OF, "--run", "1"),
        ("show", "--run", "999"),
        ("export", "-d", "nowhere"),
        ("select", *OF),
    ],
    ids=lambda arguments: str(arguments[0]),
)
def test_a_wrong_command_exits_with_2_and_changes_nothing(here: School, arguments: tuple[str, ...]) -> None:
    here.score("quiz-1", {0: 8})
    result = grades(*arguments)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    assert here.town.one("select count(*) from runs.decisions") == 0
    assert here.sandbox.writes("canvas") == []


def test_an_export_without_canvas_settings_is_skipped(here: School) -> None:
    here.town.settle()
    result = grades("export", *OF)
    assert result.exit_code == 0, result.output
    assert "NO_CANVAS" in result.output
    assert here.town.one("select count(*) from runs.runs where kind = 'gradebook'") == 0
