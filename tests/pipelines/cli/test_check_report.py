"""The output of `rollbook check` for people and for machines."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from pipelines.cli import app
from tests.shapes import assert_shape, documented
from tests.town import FIRST, Town, world


def rollbook(*arguments: object) -> str:
    result = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["check", "-d", "springfield", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_printed_check_has_results_owners_launch_steps_and_schools(synced: Town) -> None:
    synced.deliver(world())
    said = rollbook("--as-of", FIRST)  # its limits are at 100
    for part in (
        "springfield: self-check",
        "warning",
        "Next: lower the limit",
        "7 of 9 steps are done; next is 5",
        "to invite",
    ):
        assert part in said
    for value in (*world().students["student_id"], *world().teachers["email"]):
        assert value not in said


def test_the_check_as_json_has_levels_owners_launch_steps_and_schools(synced: Town) -> None:
    synced.deliver(world())
    answer = json.loads(rollbook("--as-of", FIRST, "--json"))
    assert_shape(answer, documented("rollbook check"))
    limits = next(one for one in answer["checks"] if one["name"] == "limits")
    assert (limits["ok"], limits["warning"], limits["next"]) == (True, True, "lower the limit")
    assert [step["step"] for step in answer["launch"] if not step["done"]] == [5, 7]
    assert answer["schools"]


def test_the_resolved_settings_are_printed(synced: Town) -> None:
    answer = json.loads(rollbook("--settings", "--json"))
    assert_shape(answer, documented("rollbook check --settings"))
    assert answer["settings"]["extract_tries"] == 7
    said = rollbook("--settings")
    assert f"version {answer['version']}" in said
    assert "sources.0.completeness.shrink_percent" in said
