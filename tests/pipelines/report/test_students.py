"""What became of each student from Canvas: all are good to go, or it says who has to do what, and for whom."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from psycopg import errors

from pipelines import runs
from pipelines.report import run_report, students
from pipelines.runs.request import Scope
from sandbox.vendors.handle import Sandbox
from sandbox.vendors.serving import serving
from schemas.rules import RULES
from tests.at_canvas import CONNECTION, HURRIED, connect
from tests.pipelines.cli.test_app import assert_shape, documented, rollbook, told
from tests.town import FIRST, Told, Town, generous, world

pytestmark = pytest.mark.slow
NEXT = FIRST + timedelta(days=1)
GOOD = "Sync successful. All of your students from Canvas are enrolled in Rollbook and are good to go."


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """The town's own district at Canvas."""
    with serving(worlds=[here()]) as running:
        connect(monkeypatch, running.addresses["canvas"], running.first.canvas_token)
        yield running


def here() -> Any:
    return world(students=60, schools=1)


def settle(town: Town, *others: dict[str, Any], **facts: Any) -> None:
    source = {"kind": "canvas", "connection": CONNECTION, "retry_policy": HURRIED}
    town.settle(sources=[*others, source], limits=generous(), **facts)


@pytest.fixture
def known(after: Callable[[Callable[[Town], None]], Town]) -> Town:
    """The SIS's file has made the roster before Canvas is asked."""
    town = after(sis_night)
    settle(town, town.source())
    return town


def sis_night(town: Town) -> None:
    settle(town, town.source())
    town.deliver(here())
    assert town.sync(FIRST, scope=Scope(source="sis_file")).status == "applied"


def canvas(town: Town, **more: Any) -> Told:
    night = town.sync(FIRST, scope=Scope(source="canvas"), **more)
    assert night.error is None
    return night


def summary(night: Told) -> dict[str, Any]:
    (one,) = run_report.facts(runs.load(night.run_id))["students"]
    return dict(one)


def details(night: Told) -> list[dict[str, Any]]:
    return students.details(runs.load(night.run_id))


def listed(night: Told, reason: str) -> set[str]:
    """Whom the report lists for a reason; nobody for any other."""
    found = details(night)
    assert {one["reason"] for one in found} <= {reason}
    assert sum(one["students"] for one in summary(night)["needs"]) == len(found)
    return {one["student"] for one in found}


def number(row: int) -> str:
    """The Canvas id of a student by their row in the world."""
    return f"user:{10_000_000 + row}"


def emails() -> list[tuple[int, str]]:
    """The students who have an email, by their rows."""
    return [(row, email) for row, email in enumerate(here().students["email"]) if email]


def page(night: Told) -> str:
    return (run_report.folder(runs.load(night.run_id)) / "report.md").read_text(encoding="utf-8")


def test_everybody_of_canvas_alone_is_good_to_go(sandbox: Sandbox, town: Town) -> None:
    settle(town)
    night = town.sync(FIRST)
    one = summary(night)
    assert (one["complete"], one["all_good"], one["message"], one["needs"]) == (True, True, GOOD, [])
    assert one["students"] == one["enrolled"] == one["good"] == 60
    seats = "select count(*) from roster.enrollments where role = 'student' and status = 'active'"
    assert one["seats"] == one["enrolled_seats"] == town.one(seats)
    assert details(night) == []
    assert page(night).count("Sync complete") == 1
    assert f"**Sync complete.** {GOOD}" in page(night)


def test_everybody_whom_the_sis_knows_by_the_same_id_and_email_is_good_to_go(sandbox: Sandbox, known: Town) -> None:
    assert summary(canvas(known))["message"] == GOOD


def test_other_emails_than_the_sis_has_are_listed_and_both_systems_named(
    sandbox: Sandbox, known: Town, caplog: pytest.LogCaptureFixture
) -> None:
    """IC-06, IC-08: and nothing but the details says who it is."""
    caplog.set_level(logging.DEBUG)
    sandbox.behave(canvas_other_emails=3)
    night = canvas(known)
    with_email = dict(emails())
    assert listed(night, "EMAIL_MISMATCH") == {number(row) for row in range(3) if row in with_email} != set()
    one, few = summary(night), len(listed(night, "EMAIL_MISMATCH"))
    assert (one["all_good"], one["students"], one["enrolled"], one["good"]) == (False, 60, 60, 60 - few)
    assert f"{60 - few} of 60 students from Canvas are enrolled" in one["message"]
    assert f"{few} need help. Whose turn it is: Canvas administrator {few}." in one["message"]
    assert one["needs"][0]["action"] == "make the student's email the same in Canvas and sis_file"
    assert f"| Canvas administrator | {few} | EMAIL_MISMATCH |" in page(night)
    assert GOOD not in page(night)
    first = details(night)[0]
    assert first["courses"]
    assert first["classes"]
    kept = json.dumps(one) + page(night) + caplog.text + known.dump("runs")["runs.imports"].decode()
    assert [email for _, email in emails() if email in kept] == []
    assert "home.example" not in kept
    assert number(0).removeprefix("user:") not in kept
    assert "@" not in known.dump("runs")["runs.student_reports"].decode()


def test_who_became_another_account_beside_the_sis_ones_is_listed(sandbox: Sandbox, known: Town) -> None:
    """Without SIS ids, another email and none at all are the same: nobody could be recognised (CK-12)."""
    sandbox.behave(canvas_sis_ids=False, canvas_other_emails=3)
    night = canvas(known)
    recognised = {number(row) for row, _ in emails() if row >= 3}
    assert listed(night, "EMAIL_MISMATCH") == {number(row) for row in range(60)} - recognised
    assert summary(night)["needs"][0]["action"].endswith("in Canvas and sis_file")
    assert summary(night)["enrolled"] == 60


def test_who_became_another_account_beside_the_apps_own_makes_the_emails_agree(sandbox: Sandbox, known: Town) -> None:
    sandbox.behave(canvas_sis_ids=False, canvas_other_emails=3)
    known.ask("update roster.users set origin = 'local', source = null")
    night = canvas(known)
    assert listed(night, "EMAIL_MISMATCH") == {number(row) for row in range(60)} - {
        number(row) for row, _ in emails() if row >= 3
    }
    for one in details(night):
        assert (one["actor"], one["systems"]) == ("student", ["app"])
        assert one["action"] == "make the student's email the same in Canvas and the app"


def test_a_student_of_the_app_whom_canvas_does_not_name_makes_nobody_doubtful(sandbox: Sandbox, town: Town) -> None:
    settle(town)
    town.ask(
        """insert into roster.users (district_id, user_id, role, given_name, family_name, origin, status, as_of)
           values ('springfield', gen_random_uuid(), 'student', 'No', 'Namesake', 'local', 'active', '2026-08-31')"""
    )
    assert summary(town.sync(FIRST))["message"] == GOOD


def test_two_accounts_here_with_the_email_of_one_student_are_for_support(sandbox: Sandbox, known: Town) -> None:
    """IC-09: neither is picked, and the student is listed."""
    sandbox.behave(canvas_sis_ids=False)
    (row, email), (_, other), *_ = emails()
    known.ask("update roster.users set email = upper(%s) where email = %s", email, other)
    night = canvas(known)
    several = [one for one in details(night) if one["reason"] == "MULTIPLE_ACCOUNTS"]
    assert [(one["student"], one["actor"]) for one in several] == [(number(row), "support")]
    mismatched = {one["student"] for one in details(night) if one["reason"] == "EMAIL_MISMATCH"}
    assert number(row) not in mismatched


def test_an_id_of_one_account_and_an_email_of_another_are_for_support(sandbox: Sandbox, known: Town) -> None:
    (row, email), (owner, other), *_ = emails()
    exchange = "update roster.users set email = case email when %s then %s else %s end where email in (%s, %s)"
    known.ask(exchange, email, other, email, email, other)
    assert listed(canvas(known), "MULTIPLE_ACCOUNTS") == {number(row), number(owner)}


def test_two_canvas_users_with_one_email_are_for_support(sandbox: Sandbox, known: Town) -> None:
    """Also the one whom the SIS has under that very email."""
    (row, email), (twin, _), *_ = emails()
    sandbox.account.world.students.loc[twin, "email"] = email
    sandbox.account.renew()
    assert listed(canvas(known), "MULTIPLE_ACCOUNTS") == {number(row), number(twin)}


def test_a_first_night_of_both_at_once_has_everybody_twice_and_says_so(sandbox: Sandbox, town: Town) -> None:
    settle(town, town.source())
    town.deliver(here())
    night = town.sync(FIRST)
    assert listed(night, "MULTIPLE_ACCOUNTS") == {number(row) for row in range(60)}
    assert summary(night)["good"] == 0


def test_students_whose_lines_were_refused_are_listed_by_the_rule(sandbox: Sandbox, town: Town) -> None:
    settle(town)
    students = sandbox.account.world.students
    students.loc[0, ["first", "last"]] = ""
    students.loc[1, "email"] = "no address"
    sandbox.account.renew()
    night = town.sync(FIRST)
    found = {one["student"]: one for one in details(night)}
    assert {key: one["reason"] for key, one in found.items()} == {number(0): "MISSING_NAME", number(1): "INVALID_EMAIL"}
    one = found[number(0)]
    assert (one["actor"], one["action"]) == ("Canvas administrator", RULES["MISSING_NAME"].fix)
    seats = {int(row) for row in here().enrolled[0] if row >= 0}
    assert one["classes"] == sorted(str(500_000 + row) for row in seats)
    assert len(one["courses"]) == len({int(here().classes["course"][row]) for row in seats})
    told = summary(night)
    assert (told["students"], told["enrolled"], told["good"]) == (60, 58, 58)
    assert told["seats"] > told["enrolled_seats"]


def test_a_place_that_the_roster_does_not_have_is_never_called_good(sandbox: Sandbox, town: Town) -> None:
    """What the database has counts: here somebody else archived a place and an account."""
    settle(town)
    assert town.sync(FIRST).status == "applied"
    of = "select l.id from roster.links l where l.source = 'canvas' and l.source_id = %s"
    town.ask(f"update roster.enrollments set status = 'archived', origin = 'local' where user_id = ({of})", number(0))
    town.ask(f"update roster.users set status = 'archived', source = 'sis_file' where user_id = ({of})", number(1))
    sandbox.account.world.students.loc[5, "first"] = "Renamed"
    sandbox.account.renew()
    night = town.sync(NEXT)
    assert night.status == "applied"
    assert listed(night, "NOT_ENROLLED") == {number(0), number(1)}
    assert (summary(night)["students"], summary(night)["enrolled"]) == (60, 58)


def test_an_unchanged_night_says_whose_report_stands(sandbox: Sandbox, known: Town) -> None:
    sandbox.behave(canvas_other_emails=3)
    first = canvas(known)
    before = summary(first)
    run_report.write(runs.load(first.run_id))  # a report written again, when its staging is gone, says the same
    assert summary(first) == before
    for _ in range(2):
        again = canvas(known)
        assert again.status == "unchanged"
        one = summary(again)
        assert (
            one["message"] == f"Canvas has said the same since run {first.run_id}. It told: {summary(first)['message']}"
        )
        assert (one["complete"], one["looked_at_in_run"]) == (True, first.run_id)
        assert details(again) == details(first) != []
        assert page(again).count("Sync complete") == 1
    known.ask("update runs.imports set facts = facts - 'students'")  # of before there was such a report
    older = summary(canvas(known))
    assert (older["message"], older["all_good"]) == ("What became of each student was not looked at.", False)


def test_a_night_that_did_not_come_to_its_end_is_not_called_complete(sandbox: Sandbox, town: Town) -> None:
    settle(town)
    planned = town.sync(FIRST, plan_only=True)
    assert summary(planned)["message"] == "Nothing was synced: the run made a plan only."
    assert (summary(planned)["complete"], summary(planned)["students"]) == (False, None)
    settle(town, expectations={"missing_email_percent": 0})
    stopped = town.sync(FIRST)
    assert summary(stopped)["message"] == "The sync is not complete: the run is stopped as EXPECTATION_FAILED."
    assert details(stopped) == []
    assert "Sync complete" not in page(stopped)


def test_the_command_lists_them_as_documented_and_one_role_alone_may(sandbox: Sandbox, known: Town) -> None:
    sandbox.behave(canvas_other_emails=3)
    night = canvas(known)
    answer = told("students", "--run", night.run_id)
    assert answer["students"] == details(night) != []
    assert_shape(answer, documented("rollbook students"))
    assert_shape(told("report", "--run", night.run_id), documented("rollbook report"))
    shown = "".join(rollbook("students", "--run", night.run_id).stdout.split())
    assert "EMAIL_MISMATCH" in shown
    query = "select count(*) from runs.student_reports"
    assert known.ask(query, role="rollbook_quarantine") == [(len(details(night)),)]
    for role in ("rollbook_reader", "rollbook_app"):
        with pytest.raises(errors.InsufficientPrivilege):
            known.ask(query, role=role)


def test_a_district_without_canvas_has_no_part_about_it(synced: Town) -> None:
    night = runs.load(1)
    assert run_report.facts(night)["students"] == []
    assert "Canvas" not in run_report.markdown(run_report.facts(night))


def test_a_course_without_students_is_not_called_good(synced: Town) -> None:
    nobody = dict.fromkeys(("students", "enrolled", "good", "seats", "enrolled_seats"), 0) | {"run_id": 1, "needs": []}
    kept = "update runs.imports set source = 'canvas', facts = jsonb_build_object('students', cast(%s as jsonb))"
    synced.ask(kept, json.dumps(nobody))
    assert [one["message"] for one in run_report.facts(runs.load(1))["students"]] == ["Canvas named no student."]
