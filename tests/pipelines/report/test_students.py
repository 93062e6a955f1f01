"""The student report: all students from Canvas are good to go, or the report lists who has to act, and for whom."""

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
    """Serve the district at Canvas."""
    with serving(worlds=[here()]) as running:
        connect(monkeypatch, running.addresses["canvas"], running.first.canvas_token)
        yield running


def here() -> Any:
    return world(students=60, schools=1)


def settle(town: Town, *others: dict[str, Any], **facts: Any) -> None:
    source = {"kind": "canvas", "connection": CONNECTION, "retry_policy": HURRIED}
    town.settle(sources=[*others, source], limits=generous(), **facts)


@pytest.fixture
def sis_synced(after: Callable[[Callable[[Town], None]], Town]) -> Town:
    """Return the district after a first run of the SIS's file, and with Canvas as another source."""
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
    """Return the students whom the report lists for a reason; fail if it lists any for another reason."""
    found = details(night)
    assert {one["reason"] for one in found} <= {reason}
    assert sum(one["students"] for one in summary(night)["needs"]) == len(found)
    return {one["student"] for one in found}


def number(row: int) -> str:
    """Return the Canvas id of the student in this row of the world."""
    return f"user:{10_000_000 + row}"


def emails() -> list[tuple[int, str]]:
    """Return the students who have an email, by their rows."""
    return [(row, email) for row, email in enumerate(here().students["email"]) if email]


def page(night: Told) -> str:
    return (run_report.folder(runs.load(night.run_id)) / "report.md").read_text(encoding="utf-8")


def test_all_students_are_good_if_canvas_is_the_only_source(sandbox: Sandbox, town: Town) -> None:
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


def test_all_students_are_good_if_the_sis_has_the_same_ids_and_emails(sandbox: Sandbox, sis_synced: Town) -> None:
    assert summary(canvas(sis_synced))["message"] == GOOD


def test_a_student_whose_email_differs_from_the_sis_is_listed_with_both_systems(
    sandbox: Sandbox, sis_synced: Town, caplog: pytest.LogCaptureFixture
) -> None:
    """IC-06, IC-08: only the details say who the student is."""
    caplog.set_level(logging.DEBUG)
    sandbox.behave(canvas_other_emails=3)
    night = canvas(sis_synced)
    with_email = dict(emails())
    assert listed(night, "EMAIL_MISMATCH") == {number(row) for row in range(3) if row in with_email} != set()
    one, few = summary(night), len(listed(night, "EMAIL_MISMATCH"))
    assert (one["all_good"], one["students"], one["enrolled"], one["good"]) == (False, 60, 60, 60 - few)
    assert f"{60 - few} of 60 students from Canvas are enrolled" in one["message"]
    assert f"{few} need help. Who has to act: Canvas administrator {few}." in one["message"]
    assert one["needs"][0]["action"] == "make the student's email the same in Canvas and sis_file"
    assert f"| Canvas administrator | {few} | EMAIL_MISMATCH |" in page(night)
    assert GOOD not in page(night)
    first = details(night)[0]
    assert first["courses"]
    assert first["classes"]
    stored = json.dumps(one) + page(night) + caplog.text + sis_synced.dump("runs")["runs.imports"].decode()
    assert [email for _, email in emails() if email in stored] == []
    assert "home.example" not in stored
    assert number(0).removeprefix("user:") not in stored
    assert "@" not in sis_synced.dump("runs")["runs.student_reports"].decode()


def test_a_student_with_a_second_account_beside_the_sis_account_is_listed(sandbox: Sandbox, sis_synced: Town) -> None:
    """Without SIS ids, a student with another email or with none can't be recognised (CK-12)."""
    sandbox.behave(canvas_sis_ids=False, canvas_other_emails=3)
    night = canvas(sis_synced)
    recognised = {number(row) for row, _ in emails() if row >= 3}
    assert listed(night, "EMAIL_MISMATCH") == {number(row) for row in range(60)} - recognised
    assert summary(night)["needs"][0]["action"].endswith("in Canvas and sis_file")
    assert summary(night)["enrolled"] == 60


def test_a_student_with_an_account_beside_a_local_one_corrects_the_email(sandbox: Sandbox, sis_synced: Town) -> None:
    sandbox.behave(canvas_sis_ids=False, canvas_other_emails=3)
    sis_synced.ask("update roster.users set origin = 'local', source = null")
    night = canvas(sis_synced)
    assert listed(night, "EMAIL_MISMATCH") == {number(row) for row in range(60)} - {
        number(row) for row, _ in emails() if row >= 3
    }
    for one in details(night):
        assert (one["actor"], one["systems"]) == ("student", ["app"])
        assert one["action"] == "make the student's email the same in Canvas and the app"


def test_a_local_student_whom_canvas_does_not_deliver_affects_no_other_student(sandbox: Sandbox, town: Town) -> None:
    settle(town)
    town.ask(
        """insert into roster.users (district_id, user_id, role, given_name, family_name, origin, status, as_of)
           values ('springfield', gen_random_uuid(), 'student', 'No', 'Namesake', 'local', 'active', '2026-08-31')"""
    )
    assert summary(town.sync(FIRST))["message"] == GOOD


def test_a_student_whose_email_two_accounts_have_is_listed_for_support(sandbox: Sandbox, sis_synced: Town) -> None:
    """IC-09: neither account is chosen, and the student is listed."""
    sandbox.behave(canvas_sis_ids=False)
    (row, email), (_, other), *_ = emails()
    sis_synced.ask("update roster.users set email = upper(%s) where email = %s", email, other)
    night = canvas(sis_synced)
    several = [one for one in details(night) if one["reason"] == "MULTIPLE_ACCOUNTS"]
    assert [(one["student"], one["actor"]) for one in several] == [(number(row), "support")]
    mismatched = {one["student"] for one in details(night) if one["reason"] == "EMAIL_MISMATCH"}
    assert number(row) not in mismatched


def test_an_id_of_one_account_and_an_email_of_another_are_listed_for_support(
    sandbox: Sandbox, sis_synced: Town
) -> None:
    (row, email), (owner, other), *_ = emails()
    exchange = "update roster.users set email = case email when %s then %s else %s end where email in (%s, %s)"
    sis_synced.ask(exchange, email, other, email, email, other)
    assert listed(canvas(sis_synced), "MULTIPLE_ACCOUNTS") == {number(row), number(owner)}


def test_two_canvas_users_with_the_same_email_are_listed_for_support(sandbox: Sandbox, sis_synced: Town) -> None:
    """The student whom the SIS has with this email is listed, too."""
    (row, email), (twin, _), *_ = emails()
    sandbox.account.world.students.loc[twin, "email"] = email
    sandbox.account.renew()
    assert listed(canvas(sis_synced), "MULTIPLE_ACCOUNTS") == {number(row), number(twin)}


def test_a_first_run_of_sis_and_canvas_together_lists_every_student(sandbox: Sandbox, town: Town) -> None:
    settle(town, town.source())
    town.deliver(here())
    night = town.sync(FIRST)
    assert listed(night, "MULTIPLE_ACCOUNTS") == {number(row) for row in range(60)}
    assert summary(night)["good"] == 0


def test_students_whose_lines_were_quarantined_are_listed_with_the_rule(sandbox: Sandbox, town: Town) -> None:
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
    counts = summary(night)
    assert (counts["students"], counts["enrolled"], counts["good"]) == (60, 58, 58)
    assert counts["seats"] > counts["enrolled_seats"]


def test_a_student_without_an_active_enrollment_in_the_roster_is_not_good(sandbox: Sandbox, town: Town) -> None:
    """Only rows in the database count: here somebody else archived an enrollment and an account."""
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


def test_an_unchanged_run_repeats_the_student_report_of_the_earlier_run(sandbox: Sandbox, sis_synced: Town) -> None:
    sandbox.behave(canvas_other_emails=3)
    first = canvas(sis_synced)
    before = summary(first)
    run_report.write(runs.load(first.run_id))  # a report that is written again, without its staging, is the same
    assert summary(first) == before
    for _ in range(2):
        again = canvas(sis_synced)
        assert again.status == "unchanged"
        one = summary(again)
        assert one["message"] == f"Canvas has delivered the same since run {first.run_id}. {summary(first)['message']}"
        assert (one["complete"], one["looked_at_in_run"]) == (True, first.run_id)
        assert details(again) == details(first) != []
        assert page(again).count("Sync complete") == 1
    sis_synced.ask("update runs.imports set facts = facts - 'students'")  # as before there were student reports
    older = summary(canvas(sis_synced))
    assert (older["message"], older["all_good"]) == ("The delivered students were not compared with the roster.", False)


def test_a_planned_or_stopped_run_is_not_reported_as_complete(sandbox: Sandbox, town: Town) -> None:
    settle(town)
    planned = town.sync(FIRST, plan_only=True)
    assert summary(planned)["message"] == "Nothing was synced: the run only made a plan."
    assert (summary(planned)["complete"], summary(planned)["students"]) == (False, None)
    settle(town, expectations={"missing_email_percent": 0})
    stopped = town.sync(FIRST)
    assert summary(stopped)["message"] == "The sync is not complete: the run is stopped as EXPECTATION_FAILED."
    assert details(stopped) == []
    assert "Sync complete" not in page(stopped)


def test_the_command_lists_students_as_documented_for_one_role_only(sandbox: Sandbox, sis_synced: Town) -> None:
    sandbox.behave(canvas_other_emails=3)
    night = canvas(sis_synced)
    answer = told("students", "--run", night.run_id)
    assert answer["students"] == details(night) != []
    assert_shape(answer, documented("rollbook students"))
    assert_shape(told("report", "--run", night.run_id), documented("rollbook report"))
    shown = "".join(rollbook("students", "--run", night.run_id).stdout.split())
    assert "EMAIL_MISMATCH" in shown
    query = "select count(*) from runs.student_reports"
    assert sis_synced.ask(query, role="rollbook_quarantine") == [(len(details(night)),)]
    for role in ("rollbook_reader", "rollbook_app"):
        with pytest.raises(errors.InsufficientPrivilege):
            sis_synced.ask(query, role=role)


def test_the_report_of_a_district_without_canvas_has_no_part_about_students(synced: Town) -> None:
    night = runs.load(1)
    assert run_report.facts(night)["students"] == []
    assert "Canvas" not in run_report.markdown(run_report.facts(night))


def test_a_delivery_without_students_is_not_reported_as_good(synced: Town) -> None:
    nobody = dict.fromkeys(("students", "enrolled", "good", "seats", "enrolled_seats"), 0) | {"run_id": 1, "needs": []}
    update = "update runs.imports set source = 'canvas', facts = jsonb_build_object('students', cast(%s as jsonb))"
    synced.ask(update, json.dumps(nobody))
    assert [one["message"] for one in run_report.facts(runs.load(1))["students"]] == ["Canvas delivered no students."]
