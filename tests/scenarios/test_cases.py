"""Run the stories of tests/cases: each folder has the files of a school, the steps, and the expected results."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines import runs
from pipelines.errors import RollbookError
from pipelines.operations import approval, replay
from pipelines.operations.undo import undo_run
from pipelines.review import holds
from pipelines.runs.request import Decision, Scope
from tests.town import Town
from tests.warehouse import ON_OLDEST, Dump

CASES = sorted(path for path in (Path(__file__).parent.parent / "cases").iterdir() if path.is_dir())
_SEATS = """
select k.source_id, e.role, coalesce(case when e.role = 'student' then u.identifier end, u.email)
from roster.enrollments as e
join roster.users as u using (user_id)
join roster.classes as c using (class_id)
join lateral (
    select l.source_id from roster.links as l where l.entity = 'classes' and l.id = e.class_id
    order by l.as_of desc, l.run_id desc limit 1
) as k on true
where e.status = 'active' and (%s::text is null or exists (
    select from roster.terms as t where t.term_id = any(c.term_ids) and t.title = %s
))
order by 1, 2, 3
"""


def test_every_case_has_a_story_and_given_files() -> None:
    assert len(CASES) >= 10
    assert all((case / "story.yaml").exists() and list((case / "given").glob("*.csv")) for case in CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_step_of_a_case_has_the_expected_result(town: Town, case: Path) -> None:
    follow_story(town, case)


@ON_OLDEST
@pytest.mark.parametrize("name", ["a_hold_is_approved_and_taken_back", "all_class_ids_change"])
def test_selected_cases_have_the_expected_results_on_the_oldest_server(town: Town, name: str) -> None:
    (case,) = [case for case in CASES if case.name == name]
    follow_story(town, case)


def follow_story(town: Town, case: Path) -> None:
    """Perform the steps of a case's story, and compare each result with the expected one."""
    whole = {"settle_seconds": 0, "shrink_percent": 100}
    town.settle(
        sources=[town.source(completeness=whole, path=str(town.drop / "{as_of}.csv"))],
        limits={},
        new_schools="create",
        expectations={"volume_change_percent": 100},
    )
    town.drop.mkdir(parents=True)
    before: list[Dump] = []
    for step in yaml.safe_load((case / "story.yaml").read_text(encoding="utf-8")):
        was = town.dump()
        result = _do(town, case, step)
        before.append(town.dump())
        for name, wanted in step["then"].items():
            _CHECKS[name](town, case, result, wanted, [was, *before])


def _do(town: Town, case: Path, step: dict[str, Any]) -> dict[str, Any]:
    """Perform a step; return the run's status and code, or the code of the error."""
    decision = Decision("the registrar", step.get("why", ""))
    try:
        if "sync" in step:
            content = (case / "given" / f"{step['file']}.csv").read_text(encoding="utf-8")
            (town.drop / f"{step['sync'].isoformat()}.csv").write_text(content, encoding="utf-8")
            scope = Scope(schools=tuple(step["schools"]) if "schools" in step else None)
            run = town.sync(step["sync"], scope=scope)
            return {"status": run.status, "code": run.code}
        if "replay" in step:
            return {"nights": replay.replay(town.district_id, *step["replay"], None)}
        if "reject" in step:
            holds.reject(runs.load(step["reject"]), decision)
        if "approve" in step:
            approval.approve(step["approve"], decision)
        if "undo" in step:
            undo_run(step["undo"], "the registrar")
    except RollbookError as error:
        return {"refused": error.code}
    return {}


def _expected(case: Path, name: str) -> list[tuple[str, ...]]:
    with (case / "expect" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = [tuple(row) for row in csv.reader(file)]
    assert rows[0] == ("class_id", "role", "person")
    assert len(rows) > 10
    return sorted(rows[1:])


def _field(name: str) -> Callable[..., None]:
    def check(_town: Town, _case: Path, result: dict[str, Any], wanted: str | None, _dumps: list[Dump]) -> None:
        assert result.get(name) == wanted, result

    return check


def _roster(town: Town, case: Path, result: dict[str, Any], wanted: str, _dumps: list[Dump]) -> None:
    assert sorted(town.ask(_SEATS, None, None)) == _expected(case, wanted), result


def _roster_of_term(town: Town, case: Path, result: dict[str, Any], wanted: dict[str, str], _dumps: list[Dump]) -> None:
    for term, name in wanted.items():
        assert sorted(town.ask(_SEATS, term, term)) == _expected(case, name), result


def _same_as_step(_town: Town, _case: Path, _told: dict[str, Any], wanted: int, dumps: list[Dump]) -> None:
    """Check that every row of the roster is as it was; undone rows are in history with an empty range of dates."""
    now, then = dumps[-1], dumps[wanted]
    for table in then:
        if table.startswith("roster."):
            assert now[table] == then[table], table


def _same_as_before(_town: Town, _case: Path, _told: dict[str, Any], _wanted: bool, dumps: list[Dump]) -> None:
    assert dumps[-1] == dumps[0]


def _open_holds(town: Town, _case: Path, _told: dict[str, Any], wanted: int, _dumps: list[Dump]) -> None:
    assert town.one("select count(*) from runs.holds where status = 'open'") == wanted


def _held_schools(town: Town, _case: Path, _told: dict[str, Any], wanted: list[str], _dumps: list[Dump]) -> None:
    held = "select distinct l.source_id from runs.holds as h join roster.links as l on h.school_id = l.id order by 1"
    assert [school for (school,) in town.ask(held)] == wanted


def _gone(town: Town, _case: Path, _told: dict[str, Any], wanted: list[str], _dumps: list[Dump]) -> None:
    archived = "select identifier from roster.users where role = 'student' and status = 'archived' order by 1"
    assert [one for (one,) in town.ask(archived)] == wanted


def _classes(town: Town, _case: Path, _told: dict[str, Any], wanted: int, _dumps: list[Dump]) -> None:
    assert town.one("select count(*) from roster.classes") == wanted


def _nights(_town: Town, _case: Path, result: dict[str, Any], wanted: list[str], _dumps: list[Dump]) -> None:
    assert [night["status"] for night in result["nights"]] == wanted


_CHECKS: dict[str, Callable[..., None]] = {
    "status": _field("status"),
    "code": _field("code"),
    "refused": _field("refused"),
    "roster": _roster,
    "roster_of_term": _roster_of_term,
    "same_as_step": _same_as_step,
    "same_as_before": _same_as_before,
    "open_holds": _open_holds,
    "held_schools": _held_schools,
    "gone": _gone,
    "classes": _classes,
    "nights": _nights,
}
