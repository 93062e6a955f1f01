"""A course is found by its number or SIS id, and all its students are read."""

from __future__ import annotations

import pytest

from pipelines.canvas.access import open_api
from pipelines.canvas.courses import Course, Person, find_course, find_section, read_people
from pipelines.errors import CredentialsRefused, RollbookError, SourceUnavailable
from tests.at_canvas import CONNECTION, HURRY, AtCanvas


def named(there: AtCanvas, table: str) -> tuple[int, str]:
    """The first row of a table: its number at Canvas, and its SIS id."""
    with open_api(CONNECTION, HURRY) as api:
        target = {"courses": "accounts/1/courses", "sections": f"courses/{there.courses()[0]}/sections"}[table]
        first = api.get(target, {"per_page": 1}).document[0]
        return int(first["id"]), str(first[f"sis_{table[:-1]}_id"])


def people(course: int) -> dict[int, Person]:
    with open_api(CONNECTION, HURRY) as api:
        return {one.number: one for one in read_people(api, course)}


def test_a_course_is_found_by_its_number_and_by_its_sis_id(there: AtCanvas) -> None:
    number, sis_id = named(there, "courses")
    with open_api(CONNECTION, HURRY) as api:
        assert find_course(api, str(number)) == find_course(api, f"sis_course_id:{sis_id}") == Course(number)


def test_a_course_is_found_by_its_section(there: AtCanvas) -> None:
    number, sis_id = named(there, "sections")
    with open_api(CONNECTION, HURRY) as api:
        assert find_section(api, sis_id) == Course(there.courses()[0], number)


@pytest.mark.parametrize("name", ["nothing", "a/b?c#d", "../users/self", "ü %"])
def test_a_missing_course_or_section_is_none_whatever_its_id(there: AtCanvas, name: str) -> None:
    with open_api(CONNECTION, HURRY) as api:
        assert find_section(api, name) is None
        assert find_course(api, f"sis_course_id:{name}") is None


def test_an_invisible_course_is_none_and_a_refused_token_raises(there: AtCanvas) -> None:
    with open_api(CONNECTION, HURRY) as api:
        there.sandbox.fault("403", path="/courses/1000")
        assert find_course(api, "1000") is None
        there.sandbox.fault("401", path="/courses/1000")
        with pytest.raises(CredentialsRefused):
            find_course(api, "1000")


@pytest.mark.parametrize(("fault", "error"), [("500", SourceUnavailable), ("html_200", SourceUnavailable)])
def test_a_failed_search_for_a_course_raises(there: AtCanvas, fault: str, error: type[RollbookError]) -> None:
    there.sandbox.fault(fault, path="/courses/1000", times=None)
    with open_api(CONNECTION, HURRY) as api, pytest.raises(error):
        find_course(api, "1000")


def test_all_students_of_a_course_are_read_with_ids_and_enrollment_states(there: AtCanvas) -> None:
    course = there.courses()[0]
    before = people(course)
    assert [one for one in before.values() if not (one.sis_user_id and one.login and one.state == "active")] == []
    assert any(one.email for one in before.values())
    states = dict(zip(sorted(before), ("inactive", "completed", "invited", "deleted"), strict=False))
    for number, state in states.items():
        there.sandbox.seat(course, number, state)
    found = people(course)
    assert before.keys() - found.keys() == {number for number, state in states.items() if state == "deleted"}
    assert {number: one.state for number, one in found.items()} == {
        number: states.get(number, "active") for number in found
    }


def test_students_are_read_although_the_token_may_not_read_sis_ids(there: AtCanvas) -> None:
    there.sandbox.behave(canvas_sis_ids=False)
    assert {one.sis_user_id for one in people(there.courses()[0]).values()} == {None}
