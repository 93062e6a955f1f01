"""The directory: schools, classes and people of the roster."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from pipelines.errors import SettingsInvalid
from pipelines.operations.as_of import members
from pipelines.operations.pages import directory
from pipelines.operations.pages.directory import Sought
from pipelines.operations.pages.paging import PER_PAGE
from sandbox import nights
from schemas.grades import IN_ORDER
from tests.town import FIRST, Town, generous, world

HERE = "springfield"


def everybody(**sought: Any) -> list[dict[str, Any]]:
    return [
        {name: one[name] for name in one if name != "found"} for one in directory.people(HERE, Sought(**sought), None)
    ]


def some(town: Town, table: str, key: str) -> UUID:
    found: UUID = town.one(f"select {key} from roster.{table} where district_id = %s order by 1 limit 1", HERE)
    return found


def test_a_schools_classes_have_counts_of_people_and_pages(synced: Town) -> None:
    told = {}
    for (school_id,) in synced.ask("select school_id from roster.schools"):
        assert directory.school(HERE, school_id)["source"] == "sis_file"
        found = directory.classes(HERE, school_id, None)
        assert [one["found"] for one in found] == [len(found)] * len(found)
        assert [one["title"] for one in found] == sorted(one["title"] for one in found)
        assert directory.classes(HERE, school_id, 1) == found[:PER_PAGE]
        told |= {one["class_id"]: (one["students"], one["staff"]) for one in found}
    counted = synced.ask(
        "select class_id, count(*) filter (where role = 'student'), count(*) filter (where role <> 'student')"
        " from roster.enrollments group by class_id"
    )
    assert told == {class_id: (students, staff) for class_id, students, staff in counted}


def test_people_are_listed_staff_first_and_students_by_grade_with_9_before_10(synced: Town) -> None:
    assert {one["found"] for one in directory.people(HERE, Sought(), None)} == {len(everybody())}
    found = everybody()
    assert {(one["origin"], one["source"], one["status"]) for one in found} == {("synced", "sis_file", "active")}
    staff = [one for one in found if one["role"] != "student"]
    assert found[: len(staff)] == staff == everybody(who="staff")
    students = everybody(who="students")
    assert found[len(staff) :] == students
    grades = [one["grade"] for one in students]
    assert len({*grades}) > 3
    assert grades == sorted(grades, key=IN_ORDER.index)
    assert everybody(who="students", grade=grades[0]) == [one for one in students if one["grade"] == grades[0]]
    assert [one["user_id"] for one in directory.people(HERE, Sought(), 2)] == [
        one["user_id"] for one in found[PER_PAGE : 2 * PER_PAGE]
    ]


def test_people_are_filtered_by_school_and_origin(synced: Town) -> None:
    synced.ask(
        "insert into roster.users (district_id, user_id, role, school_ids, origin, status, as_of)"
        " select district_id, gen_random_uuid(), 'teacher', array[school_id], 'local', 'archived', as_of"
        " from roster.schools order by school_id limit 1 returning user_id::text"
    )
    school_id = some(synced, "schools", "school_id")
    (local,) = everybody(origin="local")
    assert (local["role"], local["source"], local["status"], local["name"]) == ("teacher", None, "archived", "")
    there = synced.one("select count(*) from roster.users where %s = any(school_ids)", school_id)
    assert len(everybody(school_id=school_id)) == there
    assert [one["user_id"] for one in everybody(school_id=school_id, status="archived")] == [local["user_id"]]
    assert everybody(school_id=uuid4()) == []


def test_a_person_has_all_classes_with_origin_and_run(synced: Town) -> None:
    synced.settle(limits=generous())
    before = synced.ask("select user_id, class_id from roster.enrollments where role = 'student'")
    night = synced.night(nights.evolve(world(), seed=6, percent=20, kinds=("drop",)).world)
    user_id, class_id = synced.ask(
        "select user_id, class_id from roster.enrollments where status = 'archived' and role = 'student' order by 1, 2"
    )[0]
    told = directory.person(HERE, user_id)
    written = synced.ask("select as_of, run_id from roster.users where user_id = %s", user_id)
    assert (told["role"], told["known_to"], [(told["as_of"], told["run_id"])]) == ("student", "sis_file", written)
    assert {one["class_id"] for one in told["classes"]} == {there for one, there in before if one == user_id}
    (left,) = [one for one in told["classes"] if one["class_id"] == class_id]
    assert (left["status"], left["run_id"], left["archived_on"]) == (
        "archived",
        night.run_id,
        FIRST + timedelta(days=1),
    )
    assert [one["status"] for one in told["classes"]] == sorted(one["status"] for one in told["classes"])


def test_a_class_has_its_present_and_its_earlier_members(synced: Town) -> None:
    synced.settle(limits=generous())
    synced.night(nights.evolve(world(), seed=6, percent=20, kinds=("drop",)).world)
    class_id = synced.one("select min(class_id::text) from roster.enrollments where status = 'archived'")
    told = directory.class_(HERE, UUID(class_id))
    assert (told["origin"], told["source"], told["status"]) == ("synced", "sis_file", "active")
    assert told["school"]
    assert told["terms"]
    then, now = members(HERE, FIRST, class_id), members(HERE, date.max, class_id)
    assert {one["user_id"] for one in now} < {one["user_id"] for one in then}
    assert {(one["origin"], one["source"]) for one in then} == {("synced", "sis_file")}


def test_a_local_class_has_its_local_members(synced: Town) -> None:
    class_id = synced.one(
        "insert into roster.classes (district_id, class_id, title, origin, status, as_of)"
        " values (%s, gen_random_uuid(), 'Chess club', 'local', 'active', %s) returning class_id",
        HERE,
        FIRST,
    )
    synced.ask(
        "insert into roster.enrollments (district_id, class_id, user_id, role, origin, status, as_of)"
        " select district_id, %s, user_id, role, 'local', 'active', as_of from roster.users"
        " where role = 'student' limit 2 returning role",
        class_id,
    )
    assert directory.class_(HERE, class_id)["school"] == ""
    found = members(HERE, date.max, str(class_id))
    assert [(one["role"], one["origin"], one["source"]) for one in found] == [("student", "local", None)] * 2


def test_the_directory_shows_nothing_of_another_district(synced: Town) -> None:
    school_id, class_id = some(synced, "schools", "school_id"), some(synced, "classes", "class_id")
    for look, what in (
        (lambda: directory.school("shelbyville", school_id), "school"),
        (lambda: directory.class_("shelbyville", class_id), "class"),
        (lambda: directory.person("shelbyville", some(synced, "users", "user_id")), "person"),
    ):
        with pytest.raises(SettingsInvalid, match=f"no such {what}"):
            look()
    assert directory.classes("shelbyville", school_id, None) == directory.people("shelbyville", Sought(), None) == []
