from __future__ import annotations

from dataclasses import replace

from sandbox.vendors import view
from sandbox.vendors.behaviour import Behaviour
from sandbox.vendors.clever import people
from sandbox.vendors.clever.records import Office


def test_a_student_and_a_teacher_with_the_same_sis_id_are_two_users(world):
    teachers = world.teachers.copy()
    teachers.loc[0, "teacher_id"] = "E" + world.students["student_id"][0]
    office = Office(view.opening(replace(world, teachers=teachers)), Behaviour(), "v3.1")
    assert office.teachers[0] != office.students[0]


def test_a_contacts_whole_name_is_in_the_last_name(world):
    office = Office(view.opening(world), Behaviour(), "v3.1")
    names = [one["name"] for one in people.contacts(office)]
    assert all(name["first"] == "" and " " in name["last"] for name in names)


def test_a_roles_id_differs_from_the_users_id(world):
    office = Office(view.opening(world), Behaviour(), "v3.1")
    for make in people.ROLES.values():
        for user in make(office):
            assert user["id"] not in {role["legacy_id"] for role in user["roles"].values()}
