"""Pages that depend on several runs or sources, or on the time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.airflow_home import PROJECT  # noqa: F401  # isort: skip - before anything of Airflow

from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from fastapi import Request
from rollbook_pages.here import Here
from rollbook_pages.routes.checks import _is_awaited
from rollbook_pages.routes.directory import _grades, wanted
from rollbook_pages.routes.holds import _is_still_open

from pipelines import runs
from pipelines.operations.pages import directory, districts, plan
from pipelines.operations.pages.plan import Wanted
from pipelines.report import run_report
from sandbox import nights
from tests.town import FIRST, Town, world

NOW = datetime.now(UTC)


def page(template: str, path: str, **facts: Any) -> str:
    request = Request({"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []})
    user = SimpleAuthManagerUser(username="admin", role="admin")
    return bytes(Here(request, user, "springfield").page(template, may_see=True, **facts).body).decode()


def test_the_plan_page_links_to_the_changes_of_each_source(town: Town) -> None:
    town.settle(sources=[town.source("staff"), town.source("students")])
    for layout in ("staff", "students"):
        town.deliver(world(), layout=layout)
    night = runs.load(town.sync(FIRST).run_id)
    assert night.status == "applied"
    sources = plan.sources(night)
    assert sources == {0: "sis_file", 1: "sis_file"}
    told = plan.by_school(night)
    assert {one["source_n"] for one in told} == {0, 1}
    shown = page("plan.html", "/x", run=night, plan=told, entities=plan.ENTITIES, sources=sources)
    links = {*re.findall(r'href="[^"]*/changes\?([^"]+)"', shown)}
    assert {"entity=users&amp;who=students&amp;source=1", "entity=users&amp;who=staff"} <= links
    assert '<th scope="col">Source</th>' in shown
    asked = Wanted("users", source_n=1)
    facts = {"asked": asked, "entities": plan.ENTITIES, "actions": plan.ACTIONS, "sources": sources}
    steps = {"page": 1, "pages": 1, "first": 0, "last": 0, "found": 0}
    chosen = page("changes.html", "/x", run=night, changes=[], **facts, **steps)
    assert '<option value="1" selected>2: sis_file</option>' in chosen
    one = plan.changes(night, asked, None)
    assert len(one) == plan.count(night, asked, one) > 0


def test_the_plan_page_of_one_source_has_no_choice_of_source(synced: Town) -> None:
    night = runs.load(1)
    assert plan.sources(night) == {}
    shown = page("plan.html", "/x", run=night, plan=plan.by_school(night), entities=plan.ENTITIES, sources={})
    assert "source=" not in shown
    assert ">Source<" not in shown


def test_the_district_page_advises_if_the_roster_has_no_students(synced: Town) -> None:
    (newest,) = districts.newest(["springfield"])
    facts = {"newest": newest, "nights": districts.nights("springfield")}
    full = page("district.html", "/x", schools=districts.schools("springfield"), **facts)
    assert "no section information" not in full
    synced.ask("update roster.users set status = 'archived' where role = 'student' returning role")
    assert "no section information" in page("district.html", "/x", schools=districts.schools("springfield"), **facts)


def test_report_and_page_of_a_run_advise_if_no_student_is_left(synced: Town, caplog: pytest.LogCaptureFixture) -> None:
    synced.ask("update roster.users set status = 'archived', origin = 'local' where role = 'student' returning role")
    town = synced
    town.settle(sources=[town.source("staff")])
    town.deliver(nights.evolve(world(), seed=6, percent=20, kinds=("rename",)).world, layout="staff")
    night = runs.load(town.sync(FIRST + timedelta(days=1)).run_id)
    assert night.status == "applied"
    assert run_report.NO_STUDENTS in caplog.text
    told = run_report.facts(night)
    assert told["advice"] == [run_report.NO_STUDENTS]
    assert f"**{run_report.NO_STUDENTS}**" in run_report.markdown(told)
    assert "no section information" in page("run.html", "/x", run=night, report=told)
    assert run_report.facts(runs.load(1))["advice"] == []


@pytest.mark.parametrize(
    ("asked_at", "last", "is_awaited"),
    [
        (None, None, False),
        (NOW, None, True),
        (NOW, NOW - timedelta(seconds=1), True),
        (NOW - timedelta(minutes=1), NOW, False),
        (NOW - timedelta(hours=1), None, False),  # it will not come any more
        (NOW.replace(tzinfo=None), None, False),  # somebody wrote that address by hand
    ],
)
def test_a_requested_check_is_awaited_until_its_result_or_its_time_limit(
    asked_at: datetime | None, last: datetime | None, is_awaited: bool
) -> None:
    assert _is_awaited(asked_at, {"at": last} if last else None) is is_awaited


def test_a_response_is_awaited_while_any_of_its_holds_is_open() -> None:
    found = [{"hold_n": 1, "status": "approved"}, {"hold_n": 2, "status": "open"}, {"hold_n": 12, "status": "rejected"}]
    assert [_is_still_open(found, of) for of in ("1", "2", "1,12", "1,2", "")] == [False, True, False, True, False]


def test_people_can_be_filtered_by_an_uncommon_grade(synced: Town) -> None:
    synced.ask(
        "update roster.users set grade = 'Blue' where user_id ="
        " (select user_id from roster.users where role = 'student' limit 1) returning role"
    )
    for grade, count in (("Blue", 1), ("Green", 0)):
        sought = wanted(grade=grade)
        found = directory.people("springfield", sought, 1)
        assert [one["grade"] for one in found] == [grade] * count
        steps = {"page": 1, "pages": 1, "first": 0, "last": 0, "found": count}
        shown = page("people.html", "/x", people=found, sought=sought, school=None, grades=_grades(sought), **steps)
        assert f"<option selected>{grade}</option>" in shown
        assert ("Nobody matches." in shown) == (not count)
