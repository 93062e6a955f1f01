"""Each command prints a table for people and one documented JSON object for machines; errors name the next step."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from pipelines.cli import app
from sandbox import nights
from tests import warehouse
from tests.shapes import assert_shape, documented
from tests.town import FIRST, Town, generous, world
from tests.warehouse import Server

NEXT = date(2026, 9, 2)


def rollbook(*arguments: object) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, [str(argument) for argument in arguments])


def told(*arguments: object, exit_code: int = 0) -> dict[str, Any]:
    """What a command prints with --json: exactly one object."""
    result = rollbook(*arguments, "--json")
    assert result.exit_code == exit_code, result.output
    (line,) = result.stdout.splitlines()
    answer: dict[str, Any] = json.loads(line)
    return answer


def stopped(town: Town) -> int:
    """A run beyond the limits, of a file with one bad row; its number."""
    town.settle(limits=generous() | {"archive_percent": 0, "archive_rows": 0})
    (path,) = town.deliver(nights.evolve(world(), seed=2, percent=5, kinds=("drop",)).world)
    with path.open("a", encoding="utf-8") as file:
        file.write("2026-27 Full Year,0101,[/Art],0101-ART,1,[bold],\x1b[31mRed,,Ann,Lee,ann.lee@springfield.example\n")
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace(",ann.lee@springfield.example", ",ann.lee@springfield.example" + "," * 8), encoding="utf-8"
    )
    assert rollbook("sync", "-d", town.district_id, "--as-of", NEXT).exit_code == 4
    (newest,) = told("runs", "--rows", 1)["runs"]
    assert (newest["status"], newest["code"]) == ("applied", "HOLD_REQUIRED")
    return int(newest["run_id"])


def test_every_command_prints_the_documented_object(synced: Town) -> None:
    of = ("-d", synced.district_id)
    assert_shape(told("migrate"), documented("rollbook migrate"))
    synced.deliver(nights.evolve(world(), seed=2, percent=5, kinds=("drop", "add", "move")).world)
    for arguments in ((), ("--plan-only",)):
        answer = told("sync", *of, "--as-of", NEXT, *arguments)
        assert_shape(answer, documented("rollbook sync"))
        assert len(answer["steps"]) > 1
    run_id = stopped(synced)
    plan = told("plan", "show", "--run", run_id)
    assert plan["changes"]
    assert plan["by_school"]
    assert plan["holds"]
    assert_shape(plan, documented("rollbook plan show"))
    assert_shape(told("runs", *of), documented("rollbook runs"))
    report = told("report", "-r", run_id)
    assert_shape(report, documented("rollbook report"))
    assert all(report[part] for part in ("steps", "imports", "plan", "holds", "data_docs"))
    assert report["imports"][0]["findings"]
    assert_shape(told("report", "-r", 1), documented("rollbook report"))
    assert told("report", "-r", 1)["invitations"]
    quarantined = told("quarantine", "-r", run_id)
    assert quarantined["quarantined"]
    assert_shape(quarantined, documented("rollbook quarantine"))
    members = told("as-of", *of, "--date", FIRST, "--class", world().classes["class_id"][0])
    assert members["members"]
    assert_shape(members, documented("rollbook as-of"))
    school = told("as-of", *of, "--date", FIRST, "--school", world().schools["school_id"][0])
    assert len(school["members"]) > len(members["members"])
    assert_shape(school, documented("rollbook as-of --school"))
    check = told("check", *of, exit_code=3)  # there is no file for today
    assert_shape(check, documented("rollbook check"))
    switch = told("check", *of, "--switch-to", "sis_file", "--as-of", NEXT, exit_code=3)  # too many would vanish
    assert switch["compared"]
    assert_shape(switch, documented("rollbook check --switch-to"))


def test_every_decision_prints_the_documented_object(synced: Town) -> None:
    run_id = stopped(synced)
    first, *others = (hold["hold_n"] for hold in told("plan", "show", "--run", run_id)["holds"])
    approved = told("plan", "approve", "--run", run_id, "--hold", first, "--why", "it is meant")
    assert_shape(approved, documented("rollbook plan approve"))
    rejected = told("plan", "reject", "--run", run_id)
    assert rejected["rejected"] == others != []
    assert_shape(rejected, documented("rollbook plan reject"))
    assert_shape(told("undo", "--run", run_id, "--conflicts"), documented("rollbook undo --conflicts"))
    assert_shape(told("undo", "--run", approved["run_id"]), documented("rollbook undo"))
    replayed = told("replay", "-d", synced.district_id, "--from", NEXT, "--to", NEXT)
    assert [night["status"] for night in replayed["nights"]] == ["applied"]
    assert_shape(replayed, documented("rollbook replay"))


def test_every_command_prints_readable_output(synced: Town) -> None:
    run_id = stopped(synced)
    of = ("-d", synced.district_id)
    first_class = world().classes["class_id"][0]
    for arguments, words in (
        (("migrate",), "none, the tables are up to date"),
        (("runs", *of), "applied"),
        (("plan", "show", "-r", run_id), "archive"),
        (("plan", "show", "-r", run_id, "--entity", "users", "--school", "0101"), "archive"),
        (("report", "-r", run_id), "Beyond the limits"),
        (("quarantine", "-r", run_id), "CONTROL_CHARACTER"),
        (("as-of", *of, "--date", FIRST, "--class", first_class), "student"),
        (("as-of", *of, "--date", FIRST, "--school", "0101"), first_class),
        (("plan", "reject", "-r", run_id), "is unchanged"),
        (("replay", *of, "--from", NEXT, "--to", NEXT), "HOLD_REQUIRED"),
        (("undo", "-r", run_id), "applied"),
    ):
        result = rollbook(*arguments)
        assert result.exit_code == 0, result.output
        assert words in result.stdout, arguments


def test_text_from_a_file_is_printed_without_markup_or_terminal_commands(synced: Town) -> None:
    result = rollbook("quarantine", "-r", stopped(synced))
    assert result.exit_code == 0, result.output
    assert "\x1b[31m" not in result.stdout
    assert "[/Art]" in "".join(result.stdout.split())
    assert "[bold]" in "".join(result.stdout.split())


def test_a_run_that_needs_approval_exits_with_4_and_names_nobody(synced: Town) -> None:
    world_now = world()
    run_id = stopped(synced) + 1
    result = rollbook("sync", "-d", synced.district_id, "--as-of", NEXT)
    assert result.exit_code == 4
    said = " ".join(result.stderr.split())
    assert "HOLD_REQUIRED" in said
    assert "Owner:" in said
    assert f"Next: see them: rollbook plan show --run {run_id}" in said
    assert "Traceback" not in result.output
    for value in (*world_now.students["student_id"], *world_now.teachers["email"], "\x1b[31mRed"):
        assert value not in result.output


@pytest.mark.parametrize(
    ("arguments", "exit_code", "code"),
    [
        (("sync", "-d", "sprngfield"), 2, "SETTINGS_INVALID"),
        (("sync", "-d", "Not A District", "--as-of", NEXT), 2, "SETTINGS_INVALID"),
        (("sync", "-d", "springfield", "--source", "pigeon"), 2, "SETTINGS_INVALID"),
        (("check", "-d", "sprngfield"), 2, "SETTINGS_INVALID"),
        (("check", "-d", "springfield", "--switch-to", "pigeon"), 2, "SETTINGS_INVALID"),
        (("check", "-d", "springfield", "--switch-to", "sis_file", "--as-of", NEXT), 5, "SOURCE_UNAVAILABLE"),
        (("plan", "show", "-r", 999), 2, "SETTINGS_INVALID"),
        (("report", "-r", 999), 2, "SETTINGS_INVALID"),
        (("quarantine", "-r", 999), 2, "SETTINGS_INVALID"),
        (("as-of", "-d", "springfield", "--date", FIRST, "--class", "no such class"), 2, "SETTINGS_INVALID"),
        (("sync", "-d", "springfield", "--as-of", NEXT), 5, "SOURCE_UNAVAILABLE"),
    ],
)
def test_an_error_has_its_exit_code_and_names_owner_and_next_step(
    synced: Town, arguments: tuple[object, ...], exit_code: int, code: str
) -> None:
    answer = told(*arguments, exit_code=exit_code)
    assert_shape(answer, documented("An error"))
    assert answer["error"]["code"] == code
    assert answer["error"]["owner"]
    assert answer["error"]["fix"]
    for_people = rollbook(*arguments)
    assert for_people.exit_code == exit_code
    assert code in for_people.stderr
    assert "Traceback" not in for_people.output


@pytest.mark.parametrize(
    "arguments",
    [
        ("sync",),
        ("sync", "-d", "springfield", "--as-of", "yesterday"),
        ("runs", "--rows", 0),
        ("report", "-r", "seven"),
        ("no-such-command",),
    ],
)
def test_bad_usage_exits_with_2_and_no_traceback(arguments: tuple[object, ...]) -> None:
    result = rollbook(*arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "arguments",
    [("migrate",), ("runs",), ("sync", "-d", "springfield"), ("plan", "show", "-r", 1), ("report", "-r", 1)],
)
def test_an_unavailable_warehouse_exits_with_5(
    town: Town, monkeypatch: pytest.MonkeyPatch, arguments: tuple[object, ...]
) -> None:
    monkeypatch.setenv("ROLLBOOK_WAREHOUSE_URL", "postgresql://rollbook:secret@127.0.0.1:1/rollbook")
    assert told(*arguments, exit_code=5)["error"]["code"] == "WAREHOUSE_UNAVAILABLE"
    assert "secret" not in rollbook(*arguments).output


def test_without_tables_the_next_step_is_rollbook_migrate(
    server: Server, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    with warehouse.database(server, "bare", "template1") as url:
        monkeypatch.setenv("ROLLBOOK_WAREHOUSE_URL", url)
        answer = told("runs", exit_code=3)
        assert answer["error"]["fix"] == "run: rollbook migrate"
        assert told("migrate")["applied"]
        assert told("runs") == {"runs": []}


def test_a_check_finds_a_missing_file_before_a_run_does(synced: Town) -> None:
    answer = told("check", "-d", synced.district_id, exit_code=3)
    assert {one["name"] for one in answer["checks"] if not one["ok"]} == {"source sis_file"}
    (path,) = synced.deliver(world())
    synced.settle(enabled=True, sources=[synced.source(path=str(path))])
    answer = told("check", "-d", synced.district_id, "--as-of", FIRST)
    assert all(one["ok"] for one in answer["checks"])
    assert f"1 files, {len(path.read_text(encoding='utf-8').splitlines()) - 1:,} rows" in str(answer)


def test_a_switch_that_would_lose_too_many_people_exits_with_3_and_names_nobody(synced: Town) -> None:
    synced.deliver(nights.evolve(world(), seed=2, percent=10, kinds=("drop",)).world)
    synced.settle(limits={"archive_percent": 1, "archive_rows": 1})
    answer = rollbook("check", "-d", synced.district_id, "--switch-to", "sis_file", "--as-of", NEXT)
    assert answer.exit_code == 3
    assert "BEYOND" in answer.stdout
    people = world()
    for value in (*people.students["student_id"], *people.teachers["email"], *people.students["last"]):
        assert value not in answer.output


def test_a_check_of_an_unknown_kind_of_source_fails(synced: Town) -> None:
    synced.settle(sources=[synced.source(kind="pigeon")])
    answer = told("check", "-d", synced.district_id, exit_code=3)
    assert "Rollbook has no source of kind 'pigeon'" in str(answer)


def test_an_unexpected_error_prints_its_type_and_place_without_its_message(
    synced: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROLLBOOK_REPORTS", "/dev/null/reports")
    synced.deliver(world())
    result = rollbook("sync", "-d", synced.district_id, "--as-of", FIRST, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["error"]["code"] == "UNEXPECTED"
    assert "/dev/null" not in result.output
    assert "Traceback" not in result.output


def test_a_sync_in_its_own_process_prints_exactly_one_json_object(synced: Town) -> None:
    synced.deliver(nights.evolve(world(), seed=2, percent=5, kinds=("add",)).world)
    command = [
        Path(sys.executable).parent / "rollbook",
        "sync",
        "-d",
        synced.district_id,
        "--as-of",
        str(NEXT),
        "--json",
    ]
    done = subprocess.run(command, env=os.environ, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["status"] == "applied"
    assert done.stderr == ""
