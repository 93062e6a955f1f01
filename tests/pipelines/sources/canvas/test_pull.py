"""A pull reads the courses that are asked for, all of them and whole, and asks about nobody else."""

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


def test_one_course_by_hand_is_all_that_is_read(there: AtCanvas) -> None:
    fetched = there.fetch(course=FIRST_COURSE)
    assert fetched.facts["records"]["courses"] == 1
    assert [path for path in paths(there) if path.startswith("courses/")] == [
        f"courses/{FIRST_COURSE}",
        *(f"courses/{FIRST_COURSE}/{name}" for name in ("sections", "users", "enrollments")),
    ]
    assert {row["courseSourcedId"] for row in rows_of(fetched, "classes")} == {FIRST_COURSE}


def test_a_course_is_found_by_the_id_of_the_sis_too(there: AtCanvas) -> None:
    issued = there.sandbox.account.world.courses["course_id"][1]
    fetched = there.fetch(courses=[f"sis_course_id:{issued}", FIRST_COURSE])
    assert [row["sourcedId"] for row in rows_of(fetched, "courses")] == ["1001", FIRST_COURSE]


def test_all_courses_of_an_account_are_every_section_and_seat_of_the_district(there: AtCanvas) -> None:
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


def test_neither_guardians_nor_those_who_left_are_asked_for(there: AtCanvas) -> None:
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


def test_a_course_that_is_not_there_is_named_and_nothing_is_read(there: AtCanvas) -> None:
    with pytest.raises(SourceIncomplete, match="no course 99"):
        there.fetch(courses=[FIRST_COURSE, "99"])


@pytest.mark.parametrize("status", ["401", "403"])
def test_a_course_that_the_token_may_not_read_is_named(there: AtCanvas, status: str) -> None:
    refused = b'{"errors": [{"message": "user not authorized to perform that action"}]}'
    with answering([Reply(int(status), refused)]) as vendor, pytest.MonkeyPatch.context() as patch:
        connect(patch, vendor.url, "token")
        with pytest.raises(CredentialsRefused, match="read course 1000"):
            there.fetch(course=FIRST_COURSE)


def test_a_token_that_ran_out_is_told_from_a_course_that_is_not_ours(there: AtCanvas) -> None:
    there.sandbox.fault("401", path=f"courses/{FIRST_COURSE}", times=None)
    with pytest.raises(CredentialsRefused, match="refused the token"):
        there.fetch(course=FIRST_COURSE)


def test_a_course_that_vanishes_while_it_is_read_is_tried_again_later(there: AtCanvas) -> None:
    there.sandbox.fault("404", path=f"courses/{FIRST_COURSE}/enrollments")
    with pytest.raises(SourceUnavailable):
        there.fetch(courses=[FIRST_COURSE])


def test_an_owner_who_sees_one_section_only_does_not_pass_it_off_as_the_course(tmp_path: Path) -> None:
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


def test_what_is_asked_for_is_told_by_a_digest_that_differs_with_it() -> None:
    kinds = [{}, {"courses": ["1"]}, {"courses": ["1", "2"]}, {"course": "1"}, {"account": "2"}]
    assert len({asked(settings(**kind)) for kind in kinds}) == len(kinds)
    assert asked(settings(page_rows=50)) == asked(settings(page_rows=60))


def test_the_same_district_read_twice_is_the_same_bytes(there: AtCanvas) -> None:
    first, second = (there.fetch(courses=[FIRST_COURSE, "1001"]) for _ in range(2))
    assert {name: path.read_bytes() for name, path in first.files.items()} == {
        name: path.read_bytes() for name, path in second.files.items()
    }
