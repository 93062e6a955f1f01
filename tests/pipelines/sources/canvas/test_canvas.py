"""The source in runs: an incomplete pull is refused, and a pull archives only within the courses that it read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from pipelines.errors import SettingsInvalid, SourceIncomplete
from pipelines.runs.request import Scope
from pipelines.sources import canvas
from pipelines.sources.contract import Bookmark, ExtractResult
from sandbox.vendors.handle import Sandbox
from sandbox.vendors.serving import serving
from tests.at_canvas import CONNECTION, HURRIED, AtCanvas, connect, judged, settings
from tests.town import FIRST, Told, Town, generous, world

NEXT = FIRST + timedelta(days=1)


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """The town's own district at Canvas."""
    with serving(worlds=[world(students=60, schools=1)]) as running:
        connect(monkeypatch, running.addresses["canvas"], running.first.canvas_token)
        yield running


def settle(town: Town, *others: dict[str, Any], **more: Any) -> None:
    source = {"kind": "canvas", "connection": CONNECTION, "retry_policy": HURRIED, **more}
    town.settle(sources=[*others, source], limits=generous())


def active(town: Town, entity: str) -> int:
    return int(town.one(f"select count(*) from roster.{entity} where status = 'active' and source = 'canvas'"))


def of_course(town: Town, number: str, status: str = "active") -> int:
    """The enrollments in the sections of one course."""
    return int(
        town.one(
            """select count(*) from roster.enrollments e join roster.classes c using (district_id, class_id)
               join roster.links l on l.entity = 'courses' and l.id = c.course_id
               where l.source = 'canvas' and l.source_id = %s and e.status = %s""",
            number,
            status,
        )
    )


def one(town: Town, number: str, as_of: Any = FIRST) -> Told:
    return town.sync(as_of, scope=Scope(course=number))


def test_a_pull_of_all_courses_is_accepted_completely(there: AtCanvas) -> None:
    fetched = there.fetch()
    assert canvas.prove_whole(fetched, settings(), None) == {}
    verdict = judged(fetched)
    assert verdict.counts["quarantined"] == 0
    assert verdict.accepted["enrollments"].num_rows == fetched.facts["records"]["enrollments"]


@pytest.mark.parametrize(
    ("path", "expected"), [("/accounts/self/courses", "0 courses"), ("/enrollments", "0 enrollments")]
)
def test_a_pull_without_courses_or_enrollments_is_refused(there: AtCanvas, path: str, expected: str) -> None:
    there.sandbox.fault("empty", path=path, times=None)
    fetched = there.fetch()
    with pytest.raises(SourceIncomplete, match=expected):
        canvas.prove_whole(fetched, settings(), None)


def test_a_pull_with_far_fewer_records_of_the_same_courses_is_refused() -> None:
    def pulled(enrollments: int, asked: str) -> ExtractResult:
        records = {"courses": 1, "sections": 1, "users": enrollments, "enrollments": enrollments}
        return ExtractResult({}, {"records": records, "asked": asked})

    last = Bookmark(pulled(100, "these").facts, None, None)
    with pytest.raises(SourceIncomplete, match="far fewer users, enrollments"):
        canvas.prove_whole(pulled(40, "these"), settings(), last)
    assert canvas.prove_whole(pulled(60, "these"), settings(), last) == {}
    assert canvas.prove_whole(pulled(40, "others"), settings(), last) == {}


def test_only_a_pull_of_all_courses_may_archive_people() -> None:
    assert "users:student" in canvas.layout_of(settings()).covers
    for some in ({"courses": ["1"]}, {"course": "1"}):
        covers = canvas.layout_of(settings(**some)).covers
        assert not {name for name in covers if name.startswith("users")}
        assert {"within courses", "classes", "enrollments:student"} <= covers


def test_a_run_for_one_course_does_not_change_other_courses(sandbox: Sandbox, town: Town) -> None:
    settle(town)
    assert town.sync(FIRST).status == "applied"
    everybody = {entity: active(town, entity) for entity in ("users", "classes", "enrollments")}
    before = of_course(town, "1000")
    assert before
    number = sandbox.account.view.rows("classes")[0]
    students = sandbox.account.world.enrolled
    leaving = int((students == number).any(axis=1).nonzero()[0][0])
    students[leaving][students[leaving] == number] = -1
    sandbox.account.renew()
    night = one(town, "1000")
    assert night.status == "applied"
    assert night.planned == {("enrollments", "archive"): 1}
    assert of_course(town, "1000") == before - 1
    assert active(town, "enrollments") == everybody["enrollments"] - 1
    assert (active(town, "users"), active(town, "classes")) == (everybody["users"], everybody["classes"])


def test_courses_pulled_one_by_one_do_not_archive_each_other(sandbox: Sandbox, town: Town) -> None:
    settle(town)
    assert one(town, "1000").status == "applied"
    first = of_course(town, "1000")
    assert one(town, "1001").status == "applied"
    assert of_course(town, "1000") == first > 0
    assert of_course(town, "1001") > 0
    assert one(town, "1000", NEXT).status in {"unchanged", "applied"}
    assert town.one("select count(*) from roster.users where status = 'archived'") == 0
    assert town.one("select count(*) from roster.enrollments where status = 'archived'") == 0


def test_a_run_reads_the_courses_of_the_settings(sandbox: Sandbox, town: Town) -> None:
    settle(town, courses=[1000, "1001"])
    assert town.sync(FIRST).status == "applied"
    assert town.one("select count(*) from roster.courses") == 2


def test_a_source_without_courses_refuses_a_run_for_one_course(town: Town) -> None:
    town.deliver(world())
    refused = town.sync(FIRST, scope=Scope(course="1000"))
    assert refused.code == SettingsInvalid.code
    assert "course: unknown key" in str(refused.error)


def test_people_from_the_sis_are_linked_to_canvas_and_stay_in_the_sis(sandbox: Sandbox, town: Town) -> None:
    settle(town, town.source())
    town.deliver(world(students=60, schools=1))
    assert town.sync(FIRST, scope=Scope(source="sis_file")).status == "applied"
    people = town.one("select count(*) from roster.users")
    night = town.sync(FIRST, scope=Scope(source="canvas"))
    assert night.status == "applied"
    assert town.one("select count(*) from roster.users") == people
    assert night.planned["users", "link"] > 60
    assert active(town, "users") == 0


def test_a_canvas_user_is_not_linked_to_one_of_two_people_with_the_same_email(sandbox: Sandbox, town: Town) -> None:
    """IC-09: two people here have the address of one Canvas user, who is then linked to neither."""
    sandbox.behave(canvas_sis_ids=False)  # so that nothing but the address could tell who is who
    settle(town, town.source())
    town.deliver(world(students=60, schools=1))
    assert town.sync(FIRST, scope=Scope(source="sis_file")).status == "applied"
    emails = [email for email in sandbox.account.world.students["email"] if email]
    town.ask("update roster.users set email = %s where email = %s", emails[0], emails[1])
    assert town.sync(FIRST, scope=Scope(source="canvas")).status == "applied"
    twice = "select count(*) from roster.links l join roster.users u on u.user_id = l.id where l.source = 'canvas'"
    assert town.one(f"{twice} and u.source = 'sis_file' and u.email = %s", emails[0]) == 0
    assert town.one(f"{twice} and u.source = 'sis_file' and u.email = %s", emails[2]) == 1
