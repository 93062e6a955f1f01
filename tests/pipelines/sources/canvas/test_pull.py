"""A pull reads all requested courses completely, and requests no other people."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.canvas.access import open_api
from pipelines.errors import CredentialsRefused, SourceIncomplete, SourceUnavailable
from pipelines.sources.canvas.pull import asked, read_all
from tests.answering import Asked, Reply, answering, said
from tests.at_canvas import AtCanvas, connect, rows_of, settings

FIRST_COURSE = "1000"


def paths(there: AtCanvas) -> list[str]:
    return [path.partition("?")[0].removeprefix("/api/v1/") for path in there.sandbox.requests("canvas")]


def test_a_run_for_one_course_reads_only_that_course(there: AtCanvas) -> None:
    fetched = there.fetch(course=FIRST_COURSE)
    assert fetched.facts["records"]["courses"] == 1
    assert [path for path in paths(there) if path.startswith("courses/")] == [
        f"courses/{FIRST_COURSE}",
        *(f"courses/{FIRST_COURSE}/{name}" for name in ("sections", "users", "enrollments")),
    ]
    assert {row["courseSourcedId"] for row in rows_of(fetched, "classes")} == {FIRST_COURSE}


def test_a_course_is_found_by_its_sis_id(there: AtCanvas) -> None:
    issued = there.sandbox.account.world.courses["course_id"][1]
    fetched = there.fetch(courses=[f"sis_course_id:{issued}", FIRST_COURSE])
    assert [row["sourcedId"] for row in rows_of(fetched, "courses")] == ["1001", FIRST_COURSE]


def test_all_courses_bring_every_section_and_enrollment_of_the_district(there: AtCanvas) -> None:
    fetched = there.fetch()
    view, world = there.sandbox.account.view, there.sandbox.account.world
    seats = (world.enrolled[view.students()] >= 0).sum()
    teachers = (world.classes[["teacher", "co_teacher"]].to_numpy() >= 0).sum()
    assert fetched.facts["records"] == {
        "courses": len(view.rows("courses")),
        "sections": len(view.rows("classes")),
        "users": len({row["userSourcedId"] for row in rows_of(fetched, "enrollments")}),
        "enrollments": seats + teachers,
    }
    assert fetched.facts["requests"] == len(there.sandbox.requests("canvas"))


def test_observers_and_inactive_people_are_not_requested(there: AtCanvas) -> None:
    there.fetch(course=FIRST_COURSE)
    asked_for = [path for path in there.sandbox.requests("canvas") if "/enrollments?" in path or "/users?" in path]
    for path in asked_for:
        assert "Observer" not in path
        assert "observer" not in path
        if "users/self" not in path:
            assert path.count("active") == path.count("invited") == 1
            assert path.count("student") + path.count("StudentEnrollment") == 1
    assert len(asked_for) == 3


def test_a_token_that_may_not_read_accounts_still_reads_its_course(there: AtCanvas) -> None:
    for status in ("401", "403"):
        there.sandbox.clear()
        there.sandbox.fault(status, path="/accounts/", times=None)
        there.sandbox.fault("404", path="users/self", times=None)
        fetched = there.fetch(course=FIRST_COURSE)
        (school,) = rows_of(fetched, "orgs")
        assert (school["sourcedId"], school["name"]) == ("1", "Account 1")
        assert [row["title"] for row in rows_of(fetched, "academicSessions")] == [""]


def test_a_missing_course_is_named(there: AtCanvas) -> None:
    with pytest.raises(SourceIncomplete, match="no course 99"):
        there.fetch(courses=[FIRST_COURSE, "99"])


@pytest.mark.parametrize("status", ["401", "403"])
def test_a_course_that_the_token_must_not_read_is_named(there: AtCanvas, status: str) -> None:
    refused = b'{"errors": [{"message": "user not authorized to perform that action"}]}'
    with answering([Reply(int(status), refused)]) as vendor, pytest.MonkeyPatch.context() as patch:
        connect(patch, vendor.url, "token")
        with pytest.raises(CredentialsRefused, match="read course 1000"):
            there.fetch(course=FIRST_COURSE)


def test_an_expired_token_is_reported_as_a_refused_token(there: AtCanvas) -> None:
    there.sandbox.fault("401", path=f"courses/{FIRST_COURSE}", times=None)
    with pytest.raises(CredentialsRefused, match="refused the access token"):
        there.fetch(course=FIRST_COURSE)


def test_a_course_that_disappears_during_a_read_is_unavailable(there: AtCanvas) -> None:
    there.sandbox.fault("404", path=f"courses/{FIRST_COURSE}/enrollments")
    with pytest.raises(SourceUnavailable):
        there.fetch(courses=[FIRST_COURSE])


def test_a_token_limited_to_one_section_is_refused(tmp_path: Path) -> None:
    own = {"id": 1, "course_id": 1000, "limit_privileges_to_course_section": True}

    def narrow(asked: Asked) -> Reply:
        return said([own] if "users/self" in asked.path else {"id": 1000, "account_id": 1})

    with answering(narrow) as vendor, pytest.MonkeyPatch.context() as patch:
        connect(patch, vendor.url, "token")
        one = settings(course=FIRST_COURSE)
        with (
            pytest.raises(SourceIncomplete, match="only one section of 1 courses"),
            open_api(one.connection, one.retry_policy) as api,
        ):
            read_all(api, one, tmp_path)


def test_the_digest_of_the_requested_courses_differs_for_other_courses() -> None:
    kinds = [{}, {"courses": ["1"]}, {"courses": ["1", "2"]}, {"course": "1"}, {"account": "2"}]
    assert len({asked(settings(**kind)) for kind in kinds}) == len(kinds)
    assert asked(settings(page_rows=50)) == asked(settings(page_rows=60))


def test_two_pulls_of_the_same_district_have_the_same_bytes(there: AtCanvas) -> None:
    first, second = (there.fetch(courses=[FIRST_COURSE, "1001"]) for _ in range(2))
    assert {name: path.read_bytes() for name, path in first.files.items()} == {
        name: path.read_bytes() for name, path in second.files.items()
    }
